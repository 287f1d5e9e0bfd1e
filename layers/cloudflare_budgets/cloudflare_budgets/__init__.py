"""Watch what a Cloudflare account uses and spends, and alert people before the bill arrives."""

VERSION = "0.1.0"
