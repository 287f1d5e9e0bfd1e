"""Cloudflare's GraphQL Analytics API: usage of the last days and hours, before it is billed."""
