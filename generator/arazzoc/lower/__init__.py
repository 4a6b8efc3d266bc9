"""Resolved document to IR: every default made explicit, every expression bound to what it names."""

from arazzoc.lower.program import lower

__all__ = ["lower"]
