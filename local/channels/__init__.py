"""Microsoft Teams, Discord, PagerDuty and a signed webhook on this machine, with their documented limits.

`with LocalChannels() as channels:` starts and stops them in a test.
"""

from local.channels.server import LocalChannels

__all__ = ["LocalChannels"]
