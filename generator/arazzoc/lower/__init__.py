"""Resolved document to IR: every default is made explicit, every expression bound to the value it names."""

from arazzoc.lower.program import lower

__all__ = ["lower"]
