"""Bundles: a workflow with only the parts of its sources that it reaches, for vendoring and for reading diffs."""
