"""What users configure: accounts and budgets, with the parsers of their documents."""
