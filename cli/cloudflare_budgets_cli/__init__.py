"""The command `cloudflare-budgets`: budgets, usage and costs of Cloudflare accounts on a terminal."""
