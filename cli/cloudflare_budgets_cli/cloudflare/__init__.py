"""Reads Cloudflare with the credential of the environment, or the local Cloudflare of the demo."""
