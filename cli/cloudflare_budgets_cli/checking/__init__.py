"""Judges the budgets of files: now (`check`), and on past days (`preview`)."""
