"""Alerts in the alert table in AWS DynamoDB: the outbox, its items, and the log."""
