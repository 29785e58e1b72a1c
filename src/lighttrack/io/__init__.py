"""Video in and out, and one module for each file format."""
