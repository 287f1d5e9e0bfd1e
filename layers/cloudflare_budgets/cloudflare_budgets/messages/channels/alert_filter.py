"""Which alerts a channel gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.messages.channels.texts import budget_name

KEYS = ("severity", "budget", "account_id", "type")


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """The accepted values of each key; all given keys must match, as in an SNS filter policy.

    `budget` is compared with each budget that a message includes. With `ends_alerts`, the severity of a
    `resolved` is not compared: it is `info`, whatever it ends.
    """

    accepted: Mapping[str, frozenset[str]]
    ends_alerts: bool = False

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Return whether the channel gets the alert; a message published by hand is not filtered."""
        if not document:
            return True
        values = _values(document)
        ignored = {"severity"} if self.ends_alerts and "resolved" in values["type"] else set()
        return all(values[key] & accepted for key, accepted in self.accepted.items() if key not in ignored)


def _values(document: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    account = document.get("account")
    also = document.get("also")
    included = [each.get("budget") for each in also or () if isinstance(each, Mapping)]
    return {
        "severity": frozenset({str(document.get("severity"))}),
        "type": frozenset({str(document.get("type"))}),
        "budget": frozenset({budget_name(document), *map(str, included)}),
        "account_id": frozenset({str(account.get("id")) if isinstance(account, Mapping) else ""}),
    }
