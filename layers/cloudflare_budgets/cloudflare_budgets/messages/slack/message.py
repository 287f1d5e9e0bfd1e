"""An alert as a Slack message: short, the fact first, within every limit that Slack has.

https://docs.slack.dev/reference/block-kit
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.messages.slack.anomaly import new_metric_blocks, spike_blocks
from cloudflare_budgets.messages.slack.blocks import (
    MAX_SECTION,
    Block,
    account_fact,
    facts,
    footer,
    header,
    icon,
    line,
    name_of,
    preformatted,
    section,
)
from cloudflare_budgets.messages.slack.budget_status import (
    digest_blocks,
    period_closed_blocks,
    resolved_blocks,
)
from cloudflare_budgets.messages.slack.crossing import crossing_blocks

_UNNAMED = "Cloudflare Budgets"
_MAX_TEXT = 300
_MAX_PROBLEM = 2500
# Slack was seen to refuse messages from some 13,200 characters on.
# https://github.com/slackapi/bolt-js/issues/2509
_MAX_BLOCKS_TOGETHER = 12_500
_UNTIL_MENDED = "Until this is mended, spending there can grow unseen."


def slack_message(
    document: Mapping[str, Any], subject: str, body: str, sent: datetime | None = None
) -> dict[str, Any]:
    """Make the message of any alert; one of a kind unknown here shows its subject and its text.

    Args:
        document: the alert's JSON.
        subject: its subject.
        body: its text.
        sent: when it was published, in UTC; tells how much of a period is left.
    """
    # What stands in a phone's notification, and what a screen reader reads.
    text = f"{icon(document)} {line(subject or _UNNAMED, _MAX_TEXT)}"
    return {"text": text, "blocks": _blocks(document, subject, body, sent)}


def plain_message(subject: str, body: str) -> dict[str, Any]:
    """Make the message with nothing in it that could be refused: text alone."""
    return {"text": f"{line(subject or _UNNAMED, _MAX_TEXT)}\n{preformatted(body, MAX_SECTION)}"}


def _blocks(document: Mapping[str, Any], subject: str, body: str, sent: datetime | None) -> list[Block]:
    kinds: Mapping[object, Callable[[], list[Block]]] = {
        "threshold_crossed": lambda: crossing_blocks(document, sent),
        "spike": lambda: spike_blocks(document, sent),
        "new_metric": lambda: new_metric_blocks(document, sent),
        "problem": lambda: _problem_blocks(document, subject, sent),
        "resolved": lambda: resolved_blocks(document, subject, sent),
        "period_closed": lambda: period_closed_blocks(document, subject, sent),
        "digest": lambda: digest_blocks(document, subject, sent),
    }
    render = kinds.get(str(document.get("type")))
    if render is not None:
        try:
            blocks = render()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            blocks = []  # a document of a later version: people get the text all the same
        if blocks and len(json.dumps(blocks, ensure_ascii=False)) <= _MAX_BLOCKS_TOGETHER:
            return blocks
    return _letter_blocks(document, subject, body)


def _problem_blocks(document: Mapping[str, Any], subject: str, sent: datetime | None) -> list[Block]:
    problem = document["problem"]
    return [
        header(f"{icon(document)} {subject or _UNNAMED}"),
        *section([line(str(problem["message"]), _MAX_PROBLEM), _UNTIL_MENDED]),
        *facts([("Kind", name_of(problem, "kind")), account_fact(document)]),
        footer(document, sent),
    ]


def _letter_blocks(document: Mapping[str, Any], subject: str, body: str) -> list[Block]:
    known = {key: document[key] for key in ("alert_id", "attempt") if key in document}
    return [
        header(f"{icon(document)} {subject or _UNNAMED}"),
        *section([preformatted(body, MAX_SECTION)]),
        footer(known, None),
    ]
