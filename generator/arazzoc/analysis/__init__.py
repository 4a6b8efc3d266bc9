"""Facts derived from the IR: the values in it and their types, constant conditions, the flow graph."""
