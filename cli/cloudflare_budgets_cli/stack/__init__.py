"""The installation in AWS: parameters as code, the standing of budgets, and their upkeep."""
