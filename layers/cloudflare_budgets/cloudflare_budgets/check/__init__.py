"""The use case: one check of every budget. Read, decide, deliver, remember."""
