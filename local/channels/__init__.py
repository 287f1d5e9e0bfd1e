"""Microsoft Teams, Discord, PagerDuty and a webhook on this machine, with their limits.

`with LocalChannels() as channels:` starts and stops them in a test.
"""

from local.channels.server import LocalChannels

__all__ = ["LocalChannels"]
