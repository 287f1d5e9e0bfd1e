"""A scope that never matched anything is misspelled, and proves nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.usage.charge import bare_name
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, usage, usage_since
from tests.support.world import World

ROWS = [
    *each_day("2026-11-01", "2026-11-21", "1000", "0.1"),
    charge("2026-11-05", "3", "0.1", metric="argo", x_zone_name="example.com", x_product_family_name="Argo"),
]


def judged(scope: dict[str, list[str]], limit: str = "50 USD") -> Evaluation:
    text = json.dumps({"limit": limit, "scope": scope})
    return evaluate([budget(text)], known(usage(*ROWS), prices=shipped_prices()))[0]


@pytest.mark.parametrize(
    ("scope", "meant"),
    [
        ({"product_family": ["Wrokers"]}, "Workers"),
        ({"product_family": ["workres"]}, "Workers"),
        ({"product_family": ["Worker"]}, "Workers"),
        ({"product_family": ["Durable Object"]}, "Durable Objects"),
        ({"product_family": ["D 1"]}, "D1"),
        ({"metric_id": ["workers_standard_request"]}, "workers_standard_requests"),
        ({"metric_id": ["wrokers_*"]}, "workers_*"),
        ({"metric_name": ["R2 Data Storag"]}, "R2 Data Storage"),
        ({"zone": ["exmaple.com"]}, "example.com"),
        ({"product_family": ["Argo"], "zone": ["example.co"]}, "example.com"),
    ],
)
@pytest.mark.parametrize("limit", ["50 USD", "1000000 Requests", "100% of allowance"])
def test_a_misspelt_scope_is_unknown_and_names_the_nearest_names(
    scope: dict[str, list[str]], meant: str, limit: str
) -> None:
    if limit.endswith("allowance") and "zone" in scope:
        return  # the parser refuses it
    found = judged(scope, limit)
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.NO_MATCHING_USAGE)
    assert f'did you mean "{meant}"' in found.unknown.reason


@pytest.mark.parametrize(
    "scope",
    [
        {"product_family": ["Workers"]},
        {"product_family": ["R2"]},
        {"product_family": ["Wrokers", "R2"]},
        {"product_family": ["r2*"]},
        {"metric_id": ["d1_rows_read"]},
        {"metric_name": ["D1 - Rows Read"]},
        {"product_family": ["R2"], "zone": ["example.com"]},
        {},
    ],
)
def test_a_scope_that_matches_used_or_listed_metrics_is_known(scope: dict[str, list[str]]) -> None:
    assert judged(scope).status is Status.OK


def test_keys_that_match_nothing_together_are_unknown_without_another_name() -> None:
    found = judged({"product_family": ["R2"], "metric_id": ["d1_rows_read"]})
    assert found.status is Status.UNKNOWN
    assert found.reason is not None
    assert "did you mean" not in found.reason


def test_usage_of_an_earlier_month_makes_a_scope_known() -> None:
    old = charge("2026-10-05", metric="own_metric", x_product_family_name="Own")
    text = '{"limit": "50 USD", "scope": {"product_family": ["Own"]}}'
    for history, status in ((records_of(usage(old), AS_OF), Status.OK), ((), Status.UNKNOWN)):
        assert (
            evaluate([budget(text)], known(usage_since("2026-11-01", *ROWS), history=history))[0].status
            is status
        )


def test_a_name_of_version_1_matches_without_its_allowance() -> None:
    name = "Workers Standard Requests (first 10M are included)"
    rows = each_day("2026-11-01", "2026-11-21", "1", x_billable_metric_name=name)
    for pattern in (name, "Workers Standard Requests", "workers standard *"):
        scope = json.dumps({"limit": "90 Requests", "scope": {"metric_name": [pattern]}})
        found = evaluate([budget(scope)], known(usage(*rows)))[0]
        assert found.observed is not None
        assert found.observed.number == 21


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("KV Read Operations (First 10M is included)", "KV Read Operations"),
        ("Logs (in thousands (of 1)) stored", "Logs stored"),
        ("D1 - Rows Read (first 25 billion", "D1 - Rows Read"),
        ("R2", "R2"),
    ],
)
def test_a_bare_name_has_no_parentheses(name: str, bare: str) -> None:
    assert bare_name(name) == bare


def test_a_misspelt_scope_is_reported_once_a_month() -> None:
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = {
        "spend": '{"limit": "500 USD", "scope": {"product_family": ["Wrokers"]}}'
    }
    for on in range(22, 29):
        world.now = day(f"2026-11-{on}").replace(hour=10)
        world.use(*each_day("2026-11-01", f"2026-11-{on - 1}", "1000", "0.1"))
        world.run()
    (message,) = world.topic.published
    assert message.alert["problem"]["kind"] == "no_matching_usage"
    assert 'did you mean "Workers"?' in " ".join(message.body.split())


@given(
    st.sampled_from(sorted({price.family for price in shipped_prices().prices.values() if price.family})),
    st.data(),
)
def test_a_family_with_two_letters_swapped_is_found(family: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(family) - 2))
    swapped = family[:at] + family[at + 1] + family[at] + family[at + 2 :]
    found = judged({"product_family": [swapped.replace("*", "")]})
    if found.status is Status.UNKNOWN and len(family) > 5:
        assert f'"{family}"' in str(found.reason)
