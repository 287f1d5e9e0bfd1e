"""The accounts of the local Cloudflare, and the usage they generate."""
