"""Exit statuses: fine; findings only; wrong usage, or documents that cannot be compiled; a bug of arazzoc."""

EXIT_FINE, EXIT_FINDINGS, EXIT_ERRORS, EXIT_BUG = 0, 1, 2, 3
