"""Renders facts: the alert, Slack, Amazon Q, the HTML report, the JSON reply. Pure."""
