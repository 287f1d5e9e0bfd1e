"""Everything that can go wrong with the local Cloudflare."""
