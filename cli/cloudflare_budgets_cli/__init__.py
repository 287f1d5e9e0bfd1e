"""The command `cloudflare-budgets`: budgets, usage and costs of accounts on a terminal."""
