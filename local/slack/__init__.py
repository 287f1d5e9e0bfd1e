"""A Slack on this machine, for tests and the demo: one incoming webhook that keeps Slack's documented rules.

`with LocalSlack() as slack:` starts it and ends it. `python -m local.slack` does the same for a person.
"""

from local.slack.answers import Answer
from local.slack.rendering import rendered
from local.slack.rules import refusal_of
from local.slack.server import LocalSlack

__all__ = ["Answer", "LocalSlack", "refusal_of", "rendered"]
