"""What machines read about costs to come: the forecast, the allowances, the list prices."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.amount import Amount, percent_reached, plain
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.outlook import Outlook
from cloudflare_budgets.domain.price import Price
from cloudflare_budgets.domain.priced_by import priced_by
from cloudflare_budgets.domain.wording import one_line

# An account may use hundreds of metrics; a list of all of them, for each budget, is of no use.
_METRICS_SHOWN = 50


def outlook_document(outlook: Outlook | None, limit: Amount) -> dict[str, Any] | None:
    """Describe a forecast, in the unit of the limit; `None` when there is none.

    What metrics under `left_out` will cost is in none of the amounts.
    """
    if outlook is None:
        return None
    return {
        "amount": plain(outlook.expected),
        "low": _text(outlook.low),
        "high": _text(outlook.high),
        "if_last_days_continue": plain(outlook.continued),
        "unit": limit.unit,
        "percent_of_limit": plain(percent_reached(outlook.expected, limit.number)),
        "complete_days": outlook.complete_days,
        "early": outlook.is_early,
        "level_has_shifted": outlook.has_shifted,
        "left_out": [one_line(metric_id) for metric_id in outlook.left_out[:_METRICS_SHOWN]],
    }


def allowances_document(evaluation: Evaluation) -> list[dict[str, str]]:
    """Describe how much of each included quantity is used, the fullest first."""
    return [
        {
            "metric_id": one_line(use.metric_id),
            "name": one_line(use.name),
            "used": plain(use.used),
            "included": plain(use.included),
            "unit": use.unit,
            "percent": plain(percent_reached(use.used, use.included)),
        }
        for use in evaluation.allowances
    ]


def comparison_document(evaluation: Evaluation) -> dict[str, str | None] | None:
    """Give what is billed and what it costs by its prices, and by whose, where the two are far apart."""
    comparison = evaluation.costs.comparison if evaluation.costs else None
    if comparison is None:
        return None
    return {
        "billed": plain(comparison.billed),
        "listed": plain(comparison.listed.number),
        "unit": evaluation.budget.limit.unit,
        "priced_by": _by(comparison.prices),
    }


def priced_by_document(evaluation: Evaluation) -> str | None:
    """Name whose prices costs are estimated by; `None` where none are."""
    return _by(evaluation.costs.prices) if evaluation.costs else None


def _by(prices: Iterable[Price]) -> str | None:
    by = priced_by(prices)
    return by.value if by else None


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
