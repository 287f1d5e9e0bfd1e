"""Alerts as Slack Block Kit messages."""
