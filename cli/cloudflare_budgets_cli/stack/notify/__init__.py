"""The channels of alerts beside e-mail, in Parameter Store."""
