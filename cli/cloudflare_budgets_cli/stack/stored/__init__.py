"""What checks have stored: the standing of each account, and the alerts that were sent."""
