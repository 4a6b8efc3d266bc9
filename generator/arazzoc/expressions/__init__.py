"""The small languages in the strings of a document, each parsed to a sum type with positions in the string."""
