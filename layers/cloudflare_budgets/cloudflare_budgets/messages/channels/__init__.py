"""Alerts as Teams, Discord, PagerDuty, EventBridge, webhooks and Amazon Q accept them."""
