"""Reports to draw, and ways to read the page that comes of them."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import DailyBreakdown
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import period_containing
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import ACCOUNT_ID, AS_OF, budget, day

FIRST = day("2026-11-01")


def evaluation(
    numbers: Sequence[Decimal | str] = ("1", "2"),
    text: str = '{"limit": "50 USD"}',
    name: str = "spend",
    families: Mapping[str, Mapping[datetime, Decimal]] | None = None,
    **more: Any,  # noqa: ANN401 - any field of an evaluation
) -> Evaluation:
    """Make a budget's evaluation whose days since the month began brought these numbers."""
    made = budget(text, name)
    days = {FIRST + timedelta(days=index): Decimal(number) for index, number in enumerate(numbers)}
    return Evaluation(
        **{
            "budget": made,
            "window": window_of(made),
            "status": Status.OK,
            "observed": Amount(sum(days.values(), Decimal(0)), made.limit.unit),
            "breakdown": DailyBreakdown(days, families if families is not None else {"Workers": days}),
            **more,
        }
    )


def window_of(made: Budget, at: datetime = AS_OF) -> Window:
    """Give the window in which a calendar budget is judged."""
    return Window(period_containing(made.period, at))


def forecast(expected: str, low: str | None = None, high: str | None = None, **more: Any) -> BudgetForecast:  # noqa: ANN401 - any field
    """Make an outlook."""
    return BudgetForecast(
        **{
            "expected": Decimal(expected),
            "low": None if low is None else Decimal(low),
            "high": None if high is None else Decimal(high),
            "continued": Decimal(expected),
            "complete_days": 21,
            "is_early": False,
            "has_shifted": False,
            **more,
        }
    )


def account(*evaluations: Evaluation, **more: Any) -> AccountReport:  # noqa: ANN401 - any field of the report
    """Report on one account."""
    return AccountReport(
        **{
            "account_id": ACCOUNT_ID,
            "source": "v2",
            "data_through": day("2026-11-22"),
            "evaluations": evaluations,
            "account_name": "Example account",
            **more,
        }
    )


def drawn(*evaluations: Evaluation, as_of: datetime = AS_OF) -> ET.Element:
    """Draw the report of one account, and read the page."""
    return read(page(Report(as_of, (account(*evaluations),))))


def read(text: str) -> ET.Element:
    """Read a page as XML, which it has to be."""
    return ET.fromstring(text)  # noqa: S314 - it was made here


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    """Find the elements of a class."""
    return [element for element in root.iter() if name in element.get("class", "").split()]


def lines(root: ET.Element) -> list[str]:
    """Give what can be read on the page, a line for each element of text; the style is none."""
    return list(_lines(root))


def _lines(element: ET.Element) -> Iterator[str]:
    if element.tag in ("style", "defs"):
        return
    inline = {"strong", "span", "a", "small"}
    if len(element) == 0 or all(child.tag in inline for child in element):
        text = " ".join("".join(f"{part} " for part in element.itertext()).split())
        if text:
            yield text
        return
    if element.text and element.text.strip():
        yield element.text.strip()
    for child in element:
        yield from _lines(child)
