"""Connections, deadlines and retries that every HTTP client here shares."""
