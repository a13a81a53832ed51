"""One module for each group of paths of API.md."""
