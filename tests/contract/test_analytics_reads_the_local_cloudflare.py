"""The analytics adapter against the local Cloudflare, whose GraphQL schema refuses wrong fields."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import FAMILIES
from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.fresh import FreshUsage
from cloudflare_budgets.ports import FreshUsageSource
from local.cloudflare.accounts.account import Account as LocalAccount
from local.cloudflare.accounts.account import Analytics
from local.cloudflare.accounts.examples import RUNAWAY_ID, demo_accounts
from local.cloudflare.server import LocalCloudflare

NOW = datetime(2026, 11, 22, 14, 33, tzinfo=UTC)
TODAY = datetime(2026, 11, 22, tzinfo=UTC)
WINDOW = Period(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 22, 14, 20, tzinfo=UTC))
REQUESTS = "workers_standard_requests"


@pytest.fixture
def analytics() -> Analytics:
    return Analytics()


@pytest.fixture
def local(analytics: Analytics) -> LocalAccount:
    [found] = [each for each in demo_accounts(NOW) if each.id == RUNAWAY_ID]
    return replace(found, analytics=analytics)


@pytest.fixture
def cloudflare(local: LocalAccount) -> Iterator[LocalCloudflare]:
    with LocalCloudflare(now=NOW, accounts=[local]) as found:
        yield found


@pytest.fixture
def source(cloudflare: LocalCloudflare) -> FreshUsageSource:
    return thread_local_source(cloudflare.url)


@pytest.fixture
def account(local: LocalAccount) -> Account:
    return Account(local.id, ApiToken(Secret(local.credentials.token)))


def switched(**switches: Any) -> pytest.MarkDecorator:  # noqa: ANN401 - any switch
    return pytest.mark.parametrize("analytics", [Analytics(**switches)])


def reasons(found: FreshUsage) -> Mapping[str, str]:
    counted = {metric for family in FAMILIES.values() for dataset in family for metric in dataset.metrics}
    return {metric: reason for metric, reason in found.unread.items() if metric in counted}


def test_every_dataset_is_read_and_every_query_is_valid(source: FreshUsageSource, account: Account) -> None:
    found = source.read(account, WINDOW, None)
    assert reasons(found) == {}
    assert found.days[REQUESTS][TODAY].middle > 10_000_000  # the loop of the running day
    assert found.days["d1_storage_gb_mo"][TODAY].middle < 1
    assert found.access is not None
    assert found.access.closed == {}


def test_a_run_makes_nine_requests_and_eight_once_the_plan_is_known(
    source: FreshUsageSource, account: Account, cloudflare: LocalCloudflare
) -> None:
    first = source.read(account, WINDOW, None)
    assert len(cloudflare.requests) == 9
    source.read(account, WINDOW, first.access)
    assert len(cloudflare.requests) == 17
    assert {request.headers["x-rate-limit-type"] for request in cloudflare.requests} == {"account-based"}


@switched(permitted=False)
def test_without_the_permission_nothing_is_read_and_one_request_is_made(
    source: FreshUsageSource, account: Account, cloudflare: LocalCloudflare
) -> None:
    found = source.read(account, WINDOW, None)
    assert found.days == {}
    [reason] = set(reasons(found).values())
    assert reason.startswith("the token needs the permission Account > Account Analytics > Read: ")
    assert found.failure == "the token needs the permission Account > Account Analytics > Read"
    assert len(cloudflare.requests) == 1


@switched(is_rate_limited=True)
def test_after_a_rate_limit_no_further_request_is_made(
    source: FreshUsageSource, account: Account, cloudflare: LocalCloudflare
) -> None:
    found = source.read(account, WINDOW, None)
    assert found.days == {}
    assert len(cloudflare.requests) == 1


@switched(unknown_fields=frozenset({"cpuTimeUs"}))
def test_a_field_missing_in_the_schema_affects_only_its_family(
    source: FreshUsageSource, account: Account
) -> None:
    found = source.read(account, WINDOW, None)
    assert {reason for metric, reason in reasons(found).items() if metric.startswith("workers_")} == {
        'Cloudflare answers 400 (unknown field "cpuTimeUs")'
    }
    assert not [metric for metric in reasons(found) if not metric.startswith("workers_")]
    assert "d1_rows_read" in found.days


@switched(closed_datasets=frozenset({"containersUsageAdaptiveGroups"}))
def test_a_dataset_outside_the_plan_does_not_affect_its_family(
    source: FreshUsageSource, account: Account
) -> None:
    found = source.read(account, WINDOW, None)
    assert set(reasons(found)) == {
        "container_vcpu",
        "container_memory_per_gib_second",
        "container_disk_per_gb_second",
    }
    assert "worker_build_minutes" in found.days


def test_the_largest_users_of_a_metric_have_names(source: FreshUsageSource, account: Account) -> None:
    found = source.attribute(account, WINDOW, [REQUESTS, "d1_rows_read", "container_vcpu"])
    shares = [(each.kind, each.name or each.id) for each in (*found[REQUESTS], *found["d1_rows_read"])]
    assert shares == [
        ("Worker", "shop-api"),
        ("Worker", "img-proxy"),
        ("D1 database", "shop-prod"),
        ("D1 database", "shop-staging"),
    ]
    assert found["container_vcpu"][0].name == "render"


@switched(names_permitted=False)
def test_without_the_permission_for_names_resources_have_ids(
    source: FreshUsageSource, account: Account
) -> None:
    [first, *_] = source.attribute(account, WINDOW, ["d1_rows_read"])["d1_rows_read"]
    assert (first.name, first.id) == (None, "0d9c2f4e-1111-4222-8333-444455556666")


@switched(unbilled_percent=50)
def test_traffic_that_is_never_billed_is_counted(source: FreshUsageSource, account: Account) -> None:
    with LocalCloudflare(now=NOW, accounts=demo_accounts(NOW)) as billed_only:
        plain = thread_local_source(billed_only.url).read(account, WINDOW, None)
    found = source.read(account, WINDOW, None)
    day = WINDOW.start
    ratio = found.days[REQUESTS][day].middle / plain.days[REQUESTS][day].middle
    assert abs(ratio - Decimal("1.5")) < Decimal("0.001")


D1 = "d1AnalyticsAdaptiveGroups"


@pytest.mark.parametrize("joined", ["_", "."])
def test_a_confidence_interval_is_requested_where_the_settings_list_it(
    local: LocalAccount, joined: str
) -> None:
    offered = Analytics(confident_datasets=frozenset({D1}), joins_fields_by=joined)
    with LocalCloudflare(now=NOW, accounts=[replace(local, analytics=offered)]) as cloudflare:
        source = thread_local_source(cloudflare.url)
        found = source.read(Account(local.id, ApiToken(Secret(local.credentials.token))), WINDOW, None)
    assert found.access is not None
    assert found.access.confident == {f"{D1}.rowsRead", f"{D1}.rowsWritten"}
    rows, reads = found.days["d1_rows_read"][TODAY], found.days["kv_read_operations"][TODAY]
    assert (rows.lower, rows.margin) == (rows.middle * Decimal("0.98"), Decimal(0))
    assert (reads.lower, reads.lower + reads.margin) == (reads.middle * Decimal("0.9"), reads.middle)


def test_without_such_settings_no_further_interval_is_requested(
    source: FreshUsageSource, account: Account
) -> None:
    found = source.read(account, WINDOW, None)
    assert found.access is not None
    assert found.access.confident == frozenset()
    assert found.days["d1_rows_read"][TODAY].margin > 0


PLATFORM = {"workers_for_platforms_requests", "workers_for_platforms_cpu_ms"}


@pytest.mark.parametrize("joined", ["_", "."])
def test_workers_for_platforms_are_read_apart_where_the_settings_list_their_namespace(
    local: LocalAccount, joined: str
) -> None:
    found = _read(replace(local, analytics=Analytics(joins_fields_by=joined)))
    assert not PLATFORM & found.unread.keys()
    assert found.days.keys() >= PLATFORM
    assert found.days["workers_for_platforms_requests"][TODAY].middle > 0


@switched(unknown_fields=frozenset({"dispatchNamespaceName"}))
def test_without_such_settings_workers_for_platforms_are_unread_and_the_others_are_read(
    local: LocalAccount,
) -> None:
    found = _read(local)
    assert {found.unread[metric] for metric in PLATFORM} == {
        "the settings of the account do not list the dimension that separates it"
    }
    assert not PLATFORM & found.days.keys()
    assert found.days[REQUESTS][TODAY].middle > 0


def _read(local: LocalAccount) -> FreshUsage:
    with LocalCloudflare(now=NOW, accounts=[local]) as cloudflare:
        source = thread_local_source(cloudflare.url)
        return source.read(Account(local.id, ApiToken(Secret(local.credentials.token))), WINDOW, None)
