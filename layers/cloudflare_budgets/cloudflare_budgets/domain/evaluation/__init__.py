"""Budgets and usage in; status, forecast and anomalies out."""
