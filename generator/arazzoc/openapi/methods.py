"""The HTTP methods that are fields of a path item (OpenAPI 3.2.0, Path Item Object)."""

from __future__ import annotations

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
