"""The alert for a crossed threshold: its words, its figures, and its JSON document."""
