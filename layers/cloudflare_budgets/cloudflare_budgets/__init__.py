"""Watch what a Cloudflare account uses and spends, and tell people before the bill does."""

VERSION = "0.1.0"
