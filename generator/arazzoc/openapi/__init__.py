"""The parts of OpenAPI that calling an operation needs; a $ref is followed when it is reached."""
