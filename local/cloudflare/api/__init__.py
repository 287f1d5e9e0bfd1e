"""The endpoints of the local Cloudflare."""
