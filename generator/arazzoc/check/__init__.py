"""Faults and doubtful points of a document that no other stage needs to notice."""
