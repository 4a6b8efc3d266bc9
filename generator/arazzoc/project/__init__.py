"""A project: its configuration, its lock file, the modules that are made, and the files that hold them."""
