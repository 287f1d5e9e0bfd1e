"""What Cloudflare reports: FOCUS charges, billing cycles, evaluation windows, and the daily history."""
