"""Alerts in the alert table in AWS DynamoDB: the outbox, and the items that it writes."""
