"""What `--all` shows before the summary."""

from local.demo.mails import machine, mails
from local.demo.screen import say, title
from local.demo.standings import problems, standings
from local.demo.story import Outcome


def show(outcome: Outcome) -> None:
    """Print every kind of mail, the JSON of the first, the reply and the digest."""
    if outcome.alerts:
        title("The mails of the first check")
        mails(outcome.alerts)
        title("The first of them for a machine")
        machine(outcome.alerts[0])
    title("The reply of the second check")
    for name, status, standing in standings(outcome.reply):
        say(f"{name:<10} {status:<16} {standing}")
    for subject, kind, message in problems(outcome.reply):
        say(f"{subject:<10} {kind:<16} {message}")
    title("The digest")
    mails(outcome.digest)
