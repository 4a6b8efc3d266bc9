"""arazzoc compiles Arazzo workflows and the OpenAPI documents they name into standalone, typed Python modules."""

__version__ = "0.1.0"
