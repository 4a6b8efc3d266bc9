"""What a change of the documents does to the workflows: `arazzoc diff`."""
