"""Budgets as code: YAML and JSON files with budgets, their validation and JSON Schema."""
