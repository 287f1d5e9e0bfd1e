"""Exact amounts, UTC periods, safe text and strict JSON: what everything else is made of."""
