"""A Cloudflare that answers for its billable-usage API on the loopback address.

`LocalCloudflare` in `local.cloudflare.server` is the way in; `python -m local.cloudflare` runs the same as a
process.
"""
