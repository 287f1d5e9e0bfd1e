"""The local Cloudflare's GraphQL Analytics API: a schema that refuses wrong fields, and usage to read."""
