"""Prices, allowances and rating: what usage costs where Cloudflare reports no cost."""
