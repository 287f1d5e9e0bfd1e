"""Parses a budget document, which is stored as JSON, and reports all invalid fields at once."""

from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.domain.budgets.budget import AlertOn, Budget
from cloudflare_budgets.domain.budgets.fields import DEFAULTS, PARSERS, parse_name
from cloudflare_budgets.domain.primitives.amount import is_currency
from cloudflare_budgets.domain.primitives.json_input import (
    FieldError,
    InvalidFieldError,
    UnknownKeyError,
    parse_object,
)


@dataclass(frozen=True, slots=True)
class InvalidBudget:
    """An invalid budget document, with every reason."""

    name: str
    errors: tuple[FieldError, ...]
    account_id: str | None = None

    def __str__(self) -> str:
        return "; ".join(str(error) for error in self.errors)


def parse_budget(name: str, text: str) -> Budget | InvalidBudget:
    """Parse a budget document; the result is an `InvalidBudget` if any field is invalid."""
    try:
        document = parse_object(text, 'a JSON object such as {"limit": "50 USD"}')
    except InvalidFieldError as error:
        return InvalidBudget(name, error.errors)
    return _parse_fields(name, document)


def _parse_fields(name: str, document: dict[str, Any]) -> Budget | InvalidBudget:
    errors: list[FieldError] = []
    for key in sorted(document.keys() - PARSERS.keys()):
        errors += UnknownKeyError("", key, tuple(PARSERS)).errors
    values: dict[str, Any] = {}
    for field, parse in PARSERS.items():
        try:
            values[field] = parse(document.get(field, DEFAULTS.get(field)), values.get("limit"))
        except InvalidFieldError as error:
            errors += error.errors
    try:
        parse_name(name)
    except InvalidFieldError as error:
        errors += error.errors
    if errors:
        return InvalidBudget(name, tuple(errors), values.get("account_id"))
    del values["$schema"]
    if values["alert_on"] is None:
        watches_spend = is_currency(values["limit"].unit) and not values["scope"].patterns()
        values["alert_on"] = tuple(AlertOn) if watches_spend else ()
    return Budget(name, **values)
