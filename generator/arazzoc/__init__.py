"""arazzoc compiles Arazzo workflows and the OpenAPI documents they name into standalone, typed Python modules."""
