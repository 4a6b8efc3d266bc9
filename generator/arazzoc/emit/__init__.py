"""IR to Python: views of finished strings, thin templates, black."""
