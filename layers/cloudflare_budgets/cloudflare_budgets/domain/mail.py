"""What the mails of every kind have in common: laid out for a phone and for a monospace window alike."""

import textwrap
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from cloudflare_budgets.domain.wording import one_line

WIDTH = 72
_LABEL = 10
BILLING_PAGE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
# The usage API does not carry them.
NO_FEES = "Not included: fixed plan and seat fees, and tax."


class Named(Protocol):
    """An account with its name, as far as Cloudflare gives one."""

    @property
    def account_id(self) -> str:
        """Its id."""

    @property
    def account_name(self) -> str | None:
        """Its name."""


class Dated(Protocol):
    """Something that rests on usage, as far as there is any."""

    @property
    def data_through(self) -> datetime | None:
        """The end of the newest usage."""

    @property
    def source(self) -> str | None:
        """The usage API that told it."""


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Break a text into lines that leave room for an indent; words stay whole."""
    return textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def paragraphs(texts: Iterable[str]) -> str:
    """Begin a line with each text."""
    return "\n".join(line for text in texts for line in wrapped(text))


def labelled(lines: Iterable[tuple[str, str]]) -> str:
    """Put texts beside their labels; an empty text is left out, an empty label goes on with the last."""
    return "\n".join(
        f"{label if first else '':<9} {line}"
        for label, text in lines
        for first, line in _beside_a_label(text)
    )


def _beside_a_label(text: str) -> Iterable[tuple[bool, str]]:
    # What fits stays as it is, such as a bar.
    lines = [text] if len(text) <= WIDTH - _LABEL else wrapped(text, indent=_LABEL)
    return ((not number, line) for number, line in enumerate(lines) if line)


def letter(*sections: str, alert_id: str) -> str:
    """Put the sections of a mail together, those that have anything to say."""
    return "\n\n".join(section for section in (*sections, f"Alert {alert_id}") if section) + "\n"


def data_text(found: Dated, as_of: datetime) -> str:
    """Say up to when there is data, and from where."""
    through = found.data_through
    if through is None:
        return ""
    source = f"Cloudflare usage API {(found.source or '').upper()}"
    if through > as_of:
        return f"through today, which is not complete; {source}"
    return f"through {through - timedelta(microseconds=1):%Y-%m-%d} (UTC); {source}"


def account_lines(account: Named) -> list[tuple[str, str]]:
    """Name the account."""
    name = one_line(account.account_name or "", 50)
    return [("Account", name or account.account_id), ("", account.account_id if name else "")]


def what_to_do(first: str, parameter: str) -> str:
    """Say what to do: first what this alert is about, then what holds for all of a budget."""
    lines = textwrap.wrap(first, WIDTH - 4)
    return "\n".join(
        [
            "What to do",
            f"  - {lines[0]}",
            *(f"    {line}" for line in lines[1:]),
            f"  - Cloudflare's own figures: {BILLING_PAGE}",
            '  - Change this budget, or silence it with "muted_until", in the',
            f"    Parameter Store parameter {parameter}",
        ]
    )
