"""Who receives the messages of a topic, and the problems that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alerts.problem import NO_OPERATIONS_SUBSCRIBER, NO_SUBSCRIBER, Problem
from cloudflare_budgets.domain.primitives.period import DAY, midnight
from cloudflare_budgets.domain.primitives.text import sanitize

# The protocols of SNS that reach a person; all others are queues, functions and web servers.
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_OF_PEOPLE = frozenset({"email", "email-json", "sms"})
# A new stack has a day until its addresses must be confirmed.
_TIME_TO_CONFIRM = DAY
_NAMED = 3
_CONFIRM = "follow the link in the confirmation mail, which is valid for two days, or subscribe {} again"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The subscriptions of a topic: how many of each protocol are confirmed, and who is pending.

    `waiting` are mail addresses that are not confirmed, or whose confirmation has expired.
    """

    confirmed: Mapping[str, int]
    waiting: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """The number of confirmed subscriptions."""
        return sum(self.confirmed.values())

    @property
    def lacks_person(self) -> bool:
        """Whether no person is subscribed although a mail address is pending."""
        return bool(self.waiting) and not any(self.confirmed.get(each) for each in _OF_PEOPLE)

    @property
    def count_with_person(self) -> int:
        """The number of confirmed subscriptions; 0 if a mail address is pending beside machines."""
        return 0 if self.lacks_person else self.count

    @property
    def waiting_text(self) -> str:
        """The addresses that wait, in words."""
        more = len(self.waiting) - _NAMED
        named = ", ".join(sanitize(each) for each in self.waiting[:_NAMED])
        return f"{named} and {more} more" if more > 0 else named


def missing_subscriber(found: Subscriptions) -> Problem | None:
    """Return the problem that no person receives the alerts, if so.

    It is part of the reply and has an alarm, but is no alert, since an alert would not reach a person.
    """
    if found.count_with_person:
        return None
    if not found.count:
        state = "no subscription of the alert topic is confirmed, so alerts are held until the next check"
    else:
        machines = ", ".join(f"{number} {each}" for each, number in sorted(found.confirmed.items()) if number)
        state = f"no mail address is confirmed: only machines receive alerts ({machines})"
    if found.waiting:
        action = f"{found.waiting_text} is not confirmed: {_CONFIRM.format('the address')}"
    else:
        action = f"subscribe an address (stack parameter AlertEmail) and {_CONFIRM.format('it')}"
    return Problem(NO_SUBSCRIBER, "alert topic", f"{state}. To correct it, {action}")


def missing_operator(since: datetime | None, found: Subscriptions | None, as_of: datetime) -> Problem | None:
    """Return the problem that alarms about this stack have reached no person for a day.

    Args:
        since: the first check that found it so, if it is so; the problem is sent once for each.
        found: the subscriptions of the operations topic, if they are known.
        as_of: the instant of the check.
    """
    if since is None or as_of - since < _TIME_TO_CONFIRM:
        return None
    action = f"subscribe an address (stack parameter OperationsEmail) and {_CONFIRM.format('it')}"
    if found and found.waiting:
        action = f"{found.waiting_text} is not confirmed: {_CONFIRM.format('the address')}"
    text = (
        "no mail address is confirmed on the operations topic, so alarms about this stack reach no person, "
        f"for example that checks fail or have stopped. To correct it, {action}"
    )
    return Problem(NO_OPERATIONS_SUBSCRIBER, "operations topic", text, since=midnight(since))
