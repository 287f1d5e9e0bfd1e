"""A budget as the JSON document that people keep in Parameter Store."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from cloudflare_budgets.domain.budgets import fields as budget_fields
from cloudflare_budgets.domain.budgets.budget import CONSUMED_QUANTITY, Budget, Scope
from cloudflare_budgets.domain.primitives import json_input as strict_json
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.json_input import (
    FieldError,
    InvalidFieldError,
    shown,
    shown_unless_text,
)
from cloudflare_budgets.domain.primitives.period import PeriodKind

_Field = TypeVar("_Field")

_KEYS = (
    "limit",
    "column",
    "description",
    "account_id",
    "period",
    "scope",
    "thresholds",
    "alert_on",
    "muted_until",
    "enabled",
)


@dataclass(frozen=True, slots=True)
class InvalidBudget:
    """A budget document that cannot be used, with every reason at once."""

    name: str
    refusals: tuple[FieldError, ...]
    account_id: str | None = None

    def __str__(self) -> str:
        return "; ".join(str(refusal) for refusal in self.refusals)


def parse_budget(name: str, text: str) -> Budget | InvalidBudget:
    """Read a budget document; one that cannot be used comes back as `InvalidBudget`."""
    try:
        document = strict_json.loads(text)
    except (ValueError, RecursionError) as error:
        found = f"no valid JSON ({shown(str(error) or 'nested too deeply')})"
        return InvalidBudget(name, (FieldError("the document", found, "one JSON object"),))
    if not isinstance(document, dict):
        refusal = FieldError(
            "the document", shown_unless_text(document), 'a JSON object such as {"limit": "50 USD"}'
        )
        return InvalidBudget(name, (refusal,))
    return _read(name, document)


class _Reader:
    """Reads one field after the other, and keeps why some were refused."""

    def __init__(self, document: dict[str, Any]) -> None:
        unknown = sorted(document.keys() - set(_KEYS))
        self.refusals = [
            FieldError(shown(key), "an unknown key", f"one of {', '.join(_KEYS)}") for key in unknown
        ]

    def read(self, field: Callable[[], _Field], fallback: _Field) -> _Field:
        """Read a field; one that is refused does not keep the others from being read."""
        try:
            return field()
        except InvalidFieldError as error:
            self.refusals.append(error.refusal)
            return fallback


def _read(name: str, document: dict[str, Any]) -> Budget | InvalidBudget:
    reader = _Reader(document)
    read, found = reader.read, document.get
    limit = read(lambda: budget_fields.read_limit(found("limit")), None)
    # What depends on the limit is not judged by a limit that was refused.
    measured = limit or Amount(Decimal(1), "USD")
    column = found("column") if limit else None
    thresholds = found("thresholds", budget_fields.DEFAULT_THRESHOLDS) if limit else ("100%",)
    scope = read(lambda: budget_fields.read_scope(found("scope", {}), measured), Scope())
    budget = Budget(
        name=read(lambda: budget_fields.read_name(name), name),
        limit=measured,
        column=read(lambda: budget_fields.read_column(column, measured), CONSUMED_QUANTITY),
        thresholds=read(lambda: budget_fields.read_thresholds(thresholds, measured), ()),
        description=read(lambda: budget_fields.read_description(found("description", "")), ""),
        account_id=read(lambda: budget_fields.read_account_id(found("account_id")), None),
        period=read(lambda: budget_fields.read_period(found("period"), measured), PeriodKind.MONTH),
        scope=scope,
        alert_on=read(lambda: budget_fields.read_alert_on(found("alert_on"), measured, scope), ()),
        muted_until=read(lambda: budget_fields.read_muted_until(found("muted_until")), None),
        enabled=read(lambda: budget_fields.read_enabled(found("enabled", True)), True),  # noqa: FBT003 - the default
    )
    return InvalidBudget(name, tuple(reader.refusals), budget.account_id) if reader.refusals else budget
