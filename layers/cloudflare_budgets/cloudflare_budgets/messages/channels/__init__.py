"""Alerts as Microsoft Teams, Discord, PagerDuty, EventBridge, webhooks and Amazon Q Developer accept them."""
