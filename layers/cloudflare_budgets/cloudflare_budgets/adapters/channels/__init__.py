"""The channels beside mail and Slack: settings in Parameter Store, requests of each type, posting."""
