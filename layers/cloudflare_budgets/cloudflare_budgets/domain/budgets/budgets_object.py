"""Budgets in one JSON file, beside those in parameters: `budgets` by name, and `defaults`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudflare_budgets.domain.primitives import json_input as strict_json
from cloudflare_budgets.domain.primitives.json_input import FieldError, UnknownKeyError, shown

_KEYS = ("$schema", "accounts", "budgets", "defaults")


@dataclass(frozen=True, slots=True)
class ObjectBudgets:
    """The content of the object at a URL: budget documents (JSON) by name, and what is invalid.

    `version` identifies the content that was read. If the object could not be read, `failure` says why, and
    it is unknown which budgets exist. Without a URL, there is no object.
    """

    url: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[FieldError, ...] = ()
    version: str = ""
    failure: str | None = None

    def place(self, name: str) -> str:
        """Return where a budget of the object is written, for problems."""
        return f"{self.url}, budgets.{name}"


def parse_object(url: str, text: str, version: str) -> ObjectBudgets:
    """Parse the content of the object; each budget is validated later, by itself."""
    try:
        found = strict_json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = shown(str(error) or "nested too deeply")
        return ObjectBudgets(url, version=version, failure=f"{url}: invalid JSON ({reason})")
    budgets = found.get("budgets") if isinstance(found, dict) else None
    if not isinstance(budgets, dict):
        expected = 'an object such as {"budgets": {"spend": {"limit": "50 USD"}}}'
        return ObjectBudgets(
            url, version=version, failure=f"{url}: budgets: found {shown(budgets)}, expected {expected}"
        )
    refusals = [
        error for key in found if key not in _KEYS for error in UnknownKeyError("", key, _KEYS).errors
    ]
    shared: dict[str, Mapping[str, Any]] = {}
    for key in ("defaults", "accounts"):
        value = found.get(key, {})
        shared[key] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            refusals.append(FieldError(key, shown(value), "an object"))
    documents = {
        name: _document(each, shared["defaults"], shared["accounts"]) for name, each in budgets.items()
    }
    return ObjectBudgets(url, documents, tuple(refusals), version)


def _document(found: object, defaults: Mapping[str, Any], aliases: Mapping[str, Any]) -> str:
    """Serialize a budget with the defaults, and with the account id of an alias."""
    if isinstance(found, dict):
        found = {**defaults, **found}
        alias = found.get("account_id")
        if isinstance(alias, str) and alias in aliases:
            found["account_id"] = aliases[alias]
    # No field of a budget is a number: one is shown in the error that refuses it.
    return json.dumps(found, default=str)
