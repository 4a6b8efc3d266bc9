"""The typed mirror of an Arazzo document."""
