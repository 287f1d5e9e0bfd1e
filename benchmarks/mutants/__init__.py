"""Measures how many small mistakes in the code the tests detect."""
