"""Reads Cloudflare with the credential in the environment, or the demo's local one."""
