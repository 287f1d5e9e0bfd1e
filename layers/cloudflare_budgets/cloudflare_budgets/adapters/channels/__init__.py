"""The channels beside mail and Slack: their settings, their requests, and posting."""
