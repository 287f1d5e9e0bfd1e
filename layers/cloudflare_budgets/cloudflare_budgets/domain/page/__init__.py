"""A report as one HTML page for people: nothing to fetch, nothing that runs."""
