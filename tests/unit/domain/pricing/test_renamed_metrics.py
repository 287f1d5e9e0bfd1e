"""A metric that comes under a new id within a billing cycle: it has one allowance all the same."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.evaluation.allowance import allowance_uses
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import AS_OF, budget, day, each_day, known, usage_since
from tests.support.world import World

OLD, NEW = "browser_rendering_browser_hours", "browser_run_browser_hours"
SPEND, ALLOWANCE = '{"limit": "50 USD"}', '{"limit": "100% of allowance"}'
OF_ITS_NAME: dict[str, Any] = {"x_billable_metric_name": "Browser Run Browser Hours"}
CYCLE: dict[str, Any] = {"billing_period_start": day("2026-11-05"), "billing_period_end": day("2026-12-05")}


def hours(first: str, last: str, metric: str, quantity: str = "1", **more: Any) -> list[Charge]:  # noqa: ANN401
    return each_day(first, last, quantity, metric=metric, consumed_unit="Hours", **more)


def judged(text: str, *rows: Charge) -> list[Evaluation]:
    return evaluate([budget(text)], known(usage_since("2026-11-01", *rows), prices=shipped_prices()))


RENAMED = (*hours("2026-11-01", "2026-11-10", OLD), *hours("2026-11-11", "2026-11-21", NEW))


def test_what_it_costs_is_what_both_ids_used_beyond_one_allowance() -> None:
    (found,) = judged(SPEND, *RENAMED)
    assert str(found.observed) == "0.99 USD"


@given(st.integers(1, 20))
def test_the_day_of_the_new_name_makes_no_difference(days: int) -> None:
    earlier = hours("2026-11-01", f"2026-11-{days:02}", OLD, "3")
    (found,) = judged(SPEND, *earlier, *hours(f"2026-11-{days + 1:02}", "2026-11-21", NEW, "3"))
    assert str(found.observed) == "4.77 USD"


def test_its_allowance_has_one_line_under_the_id_of_the_list() -> None:
    (line,) = judged(ALLOWANCE, *RENAMED)
    assert (line.budget.allowance_of, line.budget.limit_text, str(line.observed)) == (
        NEW,
        "10 Hours",
        "21 Hours",
    )


def test_a_scope_of_one_id_uses_the_line_of_all_for_they_share_the_allowance() -> None:
    scope = '{"metric_id": ["browser_run*"], "product_family": ["*run*"]}'
    text = f'{{"limit": "100% of allowance", "scope": {scope}}}'
    earlier = hours("2026-11-01", "2026-11-10", OLD, x_product_family_name="Browser Rendering")
    later = hours("2026-11-11", "2026-11-21", NEW, x_product_family_name="Browser Run")
    (line,) = judged(text, *earlier, *later)
    assert str(line.observed) == "21 Hours"


def test_an_id_that_only_its_name_reports_shares_the_allowance_too() -> None:
    rows = (
        *hours("2026-11-01", "2026-11-10", OLD),
        *hours("2026-11-11", "2026-11-21", "b3f1", **OF_ITS_NAME),
    )
    (cost,), (line,) = judged(SPEND, *rows), judged(ALLOWANCE, *rows)
    assert (str(cost.observed), str(line.observed)) == ("0.99 USD", "21 Hours")


def test_a_message_about_costs_shows_its_allowance_once() -> None:
    found = known(usage_since("2026-11-01", *RENAMED), prices=shipped_prices())
    (use,) = allowance_uses(Scope(), found.pools, AS_OF)
    assert (use.metric_id, use.used) == (NEW, Decimal(21))


def test_what_earlier_runs_remember_under_the_old_id_has_used_up_the_allowance() -> None:
    before = records_of(usage_since("2026-10-01", *hours("2026-11-05", "2026-11-14", OLD, **CYCLE)), AS_OF)
    found = known(
        usage_since("2026-11-15", *hours("2026-11-15", "2026-11-21", NEW, **CYCLE)),
        prices=shipped_prices(),
        history=before,
    )
    (pool,) = {id(pool): pool for pool in found.pools.of.values()}.values()
    assert sum((pool.costs[day].number for day in pool.days), Decimal(0)) == Decimal("0.63")


def test_a_threshold_that_was_reported_under_the_old_id_is_not_reported_again() -> None:
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = {"free": ALLOWANCE}
    world.now = day("2026-11-11").replace(hour=10)
    world.use(*hours("2026-11-01", "2026-11-10", OLD))
    world.run()
    world.now = AS_OF
    world.use(*RENAMED)
    world.run()
    told = [
        message.alert["threshold"]["percent"]
        for message in world.topic.published
        if "threshold" in message.alert
    ]
    assert told == ["100", "200"]  # the double of the limit is news, the limit under the new id is not
