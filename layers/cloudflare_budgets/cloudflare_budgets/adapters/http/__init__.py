"""The HTTP client that Cloudflare, Slack and the ping share: connections, deadlines, retries, URLs."""
