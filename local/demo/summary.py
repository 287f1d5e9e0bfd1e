"""The last screen of the demo: one mail, and what happened in about ten lines."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from local.aws import Delivery
from local.demo.mails import mail
from local.demo.screen import WIDTH, say, title
from local.demo.standings import highest, problems
from local.demo.story import MISTAKE, Outcome

_INDENT = 10


def show(outcome: Outcome, page: Path | None, *, everything: bool) -> None:
    """Print the first mail and the summary.

    Args:
        outcome: what came of the demo.
        page: the file with the report, if there is one.
        everything: whether the mails were printed before.
    """
    if outcome.alerts and not everything:
        title("The most urgent mail")
        mail(outcome.alerts[0])
    title("Summary")
    for line in _lines(outcome, page, everything=everything):
        say(line)


def _lines(outcome: Outcome, page: Path | None, *, everything: bool) -> Iterable[str]:
    rows = [*highest(outcome.reply), *(_problem(*each) for each in problems(outcome.reply))]
    yield from _labelled("Budgets", [f"{name:<9} {status:<16} {text}" for name, status, text in rows])
    counts = f"{len(outcome.alerts)} from the first check, {outcome.repeated} from the second"
    sent = f"{counts}: each alert is sent once"
    yield from _labelled("Mails", [sent, *(f"- {_subject(delivery)}" for delivery in outcome.alerts)])
    if page:
        yield from _labelled("Report", [str(page)])
    if not everything:
        yield from _labelled("More", ["make demo ARGS=--all (every mail, the JSON for machines, the digest)"])
    yield from _labelled(
        "Next", [".venv/bin/cloudflare-budgets init (your own account; README.md explains each step)"]
    )


def _labelled(label: str, rows: Sequence[str]) -> Iterable[str]:
    for number, row in enumerate(rows):
        yield f"{'' if number else label:<{_INDENT}}{row}"


def _problem(subject: str, kind: str, message: str) -> tuple[str, str, str]:
    detail = message.partition(": ")[2] or message
    text = "misspelled on purpose" if MISTAKE in message else detail
    return subject, kind, textwrap.shorten(text, WIDTH, placeholder=" ...")


def _subject(delivery: Delivery) -> str:
    # The account is the same in all of them.
    account = delivery.alert.get("account") or {}
    return delivery.subject.removesuffix(f" - {account.get('name')}")
