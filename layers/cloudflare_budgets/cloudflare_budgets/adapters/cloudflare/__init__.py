"""Cloudflare's API: the client that all packages here share, and one package per API."""
