"""Hooks of build tools: a package's modules are generated while it is built."""
