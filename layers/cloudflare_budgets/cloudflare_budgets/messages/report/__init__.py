"""The HTML report of a digest: one page, no scripts, nothing to load."""
