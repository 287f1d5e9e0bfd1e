from decimal import Decimal

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from tests.support.builders import budget, charge, day, known, usage


def test_a_days_amount_is_split_by_product_family_and_the_rest_is_other() -> None:
    rows = (
        charge("2026-11-20", cost="1"),
        charge("2026-11-21", cost="2"),
        charge("2026-11-21", cost="4", metric="r2_data_storage"),
        charge("2026-11-21", cost="8", metric="mystery", x_product_family_name=None),
    )
    (evaluation,) = evaluate([budget()], known(usage(*rows)))
    assert evaluation.breakdown.days == {day("2026-11-20"): Decimal(1), day("2026-11-21"): Decimal(14)}
    assert evaluation.breakdown.families == {
        "Other": {day("2026-11-21"): Decimal(8)},
        "R2": {day("2026-11-21"): Decimal(4)},
        "Workers": {day("2026-11-20"): Decimal(1), day("2026-11-21"): Decimal(2)},
    }
