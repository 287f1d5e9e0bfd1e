"""The local GraphQL Analytics API: a schema that rejects wrong fields, and usage."""
