"""The pictures of the documentation, rendered from the demo: `make pictures`."""
