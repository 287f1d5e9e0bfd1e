"""A Slack on this machine: one incoming webhook that enforces the limits Slack documents.

`with LocalSlack() as slack:` starts and stops it in a test. `python -m local.slack` runs it until Ctrl+C.
"""

from local.slack.answers import Answer
from local.slack.rendering import rendered
from local.slack.rules import refusal_of
from local.slack.server import LocalSlack

__all__ = ["Answer", "LocalSlack", "refusal_of", "rendered"]
