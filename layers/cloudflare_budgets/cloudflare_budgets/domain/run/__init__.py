"""One run: its request, its result, and the state for the next run."""
