"""Which alerts a channel gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.messages.channels.texts import budget_name

KEYS = ("severity", "budget", "account_id", "type")


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """The accepted values of each key; all keys that are given must match, as in a filter policy of SNS.

    With `ends_alerts`, the severity of a `resolved` is not compared: it is `info`, whatever it ends.
    """

    accepted: Mapping[str, frozenset[str]]
    ends_alerts: bool = False

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Return whether the channel gets the alert; a message published by hand is not filtered."""
        if not document:
            return True
        values = _values(document)
        ignored = {"severity"} if self.ends_alerts and values["type"] == "resolved" else set()
        return all(values[key] in accepted for key, accepted in self.accepted.items() if key not in ignored)


def _values(document: Mapping[str, Any]) -> Mapping[str, str]:
    account = document.get("account")
    return {
        "severity": str(document.get("severity")),
        "type": str(document.get("type")),
        "budget": budget_name(document),
        "account_id": str(account.get("id")) if isinstance(account, Mapping) else "",
    }
