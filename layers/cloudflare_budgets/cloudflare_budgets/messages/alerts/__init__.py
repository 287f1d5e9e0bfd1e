"""The published alert of each kind: subject, text for people, JSON for machines."""
