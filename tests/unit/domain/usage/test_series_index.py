"""The index finds the same series as a match with every series."""

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.usage.series_index import index_of
from cloudflare_budgets.domain.usage.usage import Series

_ids = st.sampled_from(["workers_requests", "Workers_CPU", "r2_storage", "r2", "kv_reads"])
_zones = st.sampled_from([None, "shop.example", "blog.example"])
_series = st.builds(
    lambda metric_id, zone: Series(metric_id, None, None, zone, zone, *[None] * 4), _ids, _zones
)
_patterns = st.sampled_from(["workers_requests", "WORKERS_cpu", "workers_*", "r2?storage", "[rk]*", "unused"])
_scopes = st.builds(
    lambda metrics, zones: Scope(metric_id=tuple(metrics), zone=tuple(zones)),
    st.lists(_patterns, max_size=3),
    st.lists(st.sampled_from(["shop*", "blog.example"]), max_size=1),
)


@given(st.lists(_series, max_size=9), _scopes)
def test_an_index_finds_every_series_of_a_scope_once_and_in_order(series: list[Series], scope: Scope) -> None:
    assert index_of(series).in_scope(scope) == [each for each in dict.fromkeys(series) if each.is_in(scope)]
