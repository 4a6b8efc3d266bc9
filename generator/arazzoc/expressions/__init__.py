"""The small languages inside a document's strings, each parsed to a sum type with positions in the string."""
