"""Only what calling an operation needs, reached through $ref on demand."""
