"""What users configure: accounts and budgets, and how their documents are parsed and validated."""
