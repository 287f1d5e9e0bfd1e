"""Cloudflare's usage API, versions 1 and 2."""
