"""What a budget's amount will be at the end of its period."""
