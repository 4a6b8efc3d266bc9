"""What changed between two versions of a workflow and of what it calls, and whom it breaks."""
