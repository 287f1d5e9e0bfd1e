"""Lines of a Slack message, made of text of any origin: nothing invisible, nothing too long."""

from cloudflare_budgets.domain.slack_text import escaped, shortened
from cloudflare_budgets.domain.wording import one_line

_FENCE = "```"
_BEYOND_ANY_LIMIT = 100_000


def line(text: str, limit: int) -> str:
    """Make one line of any text: escaped, and at most `limit` long as Slack gets it."""
    return shortened(escaped(one_line(text, _BEYOND_ANY_LIMIT)), limit)


def preformatted(text: str, limit: int) -> str:
    """Make a block of monospace of any text, its lines as they are; empty when there is nothing to show."""
    room = limit - 2 * len(f"{_FENCE}\n")
    lines = [_visible(found, room) for found in text.strip("\n").splitlines()]
    if sum(len(found) + 1 for found in lines) - 1 > room:
        lines = _beginning(lines, room)
    shown = "\n".join(lines)
    return f"{_FENCE}\n{shown}\n{_FENCE}" if shown.strip() else ""


def _beginning(lines: list[str], room: int) -> list[str]:
    room -= len(f"\n... and {len(lines)} more lines")
    for count, found in enumerate(lines):
        room -= len(found) + 1
        if room < 0:
            # What does not fit is one line at least: a single one is cut rather than left out.
            shown = lines[:count] or [shortened(found, room + len(found) + 1)]
            left = len(lines) - len(shown)
            return [*shown, f"... and {left} more lines"] if left else shown
    return lines


def _visible(text: str, limit: int) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text).rstrip()
    return shortened(escaped(printable.replace(_FENCE, "'''")), limit)
