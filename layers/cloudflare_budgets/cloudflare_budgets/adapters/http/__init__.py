"""The HTTP client of Cloudflare, Slack and the ping: connections, deadlines, retries, URLs."""
