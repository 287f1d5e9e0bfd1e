"""What Cloudflare reports: FOCUS charges, billing cycles, windows, and the daily history."""
