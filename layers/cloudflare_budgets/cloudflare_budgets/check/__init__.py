"""Use case: one check of every budget. Collects, decides, delivers and saves."""
