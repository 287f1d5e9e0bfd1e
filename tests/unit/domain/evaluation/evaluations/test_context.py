import pytest

from cloudflare_budgets.domain.alerts.decision import decide
from tests.support.builders import budget, charge, known, usage


@pytest.mark.parametrize(
    ("text", "is_priced"),
    [
        ('{"limit": "1000 Requests"}', False),
        ('{"limit": "50 USD"}', True),
        ('{"limit": "80% of allowance"}', True),
        ('{"limit": "1000 Requests", "alert_on": ["new_metric"]}', True),
    ],
)
def test_usage_is_priced_only_where_a_budget_requests_it(text: str, *, is_priced: bool) -> None:
    found = known(usage(charge("2026-11-20"), charge("2026-11-21")))

    decide([budget(text)], found)

    assert ("pools" in vars(found)) is is_priced
