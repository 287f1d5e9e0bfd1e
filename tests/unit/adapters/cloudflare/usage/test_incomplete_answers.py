"""An answer that says that it is not the whole answer is refused."""

import json

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.errors import UsageUnreadableError
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import day
from tests.support.canned_api import ACCOUNT, CannedApi, subscribed, v1_row

QUERY = UsageQuery(Period(day("2026-11-05"), day("2026-11-23")))
INCOMPLETE = [
    {"result_info": {"page": 1, "per_page": 1, "total_pages": 2}},
    {"result_info": {"page": 1, "count": 1, "total_count": 250}},
    {"result_info": {"count": 1, "total_count": "250"}},
    {"result_info": {"cursor": "eyJ"}},
    {"result_info": {"cursors": {"after": "eyJ", "before": None}}},
    {"result_info": {"next_page_token": "eyJ"}},
    {"result_info": {"next": "https://api.cloudflare.com/client/v4/next"}},
    {"result_info": {"has_more": True}},
    {"result_info": {"is_truncated": True}},
    {"truncated": True},
    {"cursor": "eyJ"},
    {"cursors": {"after": "eyJ"}},
    {"partial": True},
    {"messages": [{"code": 10001, "message": "Results are incomplete"}]},
    {"messages": ["The result was truncated to 1 row"]},
    {"messages": [{"code": 10001, "message": "Only partial data is available"}]},
]
COMPLETE = [
    {"result_info": None},
    {"result_info": {"page": 1, "per_page": 50, "count": 1, "total_count": 1, "total_pages": 1}},
    {
        "result_info": {
            "cursor": "",
            "cursors": {"after": "", "before": None},
            "next": None,
            "has_more": False,
        }
    },
    {"result_info": {"total_pages": 0, "total_count": 0}},
    {"result_info": "none"},
    {"truncated": False, "cursor": None},
    {"messages": [{"code": 10000, "message": "This API is in alpha"}, 7, None]},
    {"messages": None},
]


def answered(**members: object) -> bytes:
    return json.dumps(
        {"success": True, "errors": [], "messages": [], "result": [v1_row()]} | members
    ).encode()


@pytest.mark.parametrize("members", INCOMPLETE, ids=json.dumps)
def test_an_answer_that_announces_more_rows_is_refused(members: dict[str, object]) -> None:
    v1 = CannedApi(lambda asked: subscribed() if asked.path.endswith("/info") else answered(**members))
    with pytest.raises(UsageUnreadableError, match="incomplete"):
        CloudflareUsageV1(v1).read(ACCOUNT, QUERY)
    v2 = CannedApi(lambda _: answered(**{"result": [], **members}))
    with pytest.raises(UsageUnreadableError, match="incomplete"):
        CloudflareUsageV2(v2).read(ACCOUNT, QUERY)


@pytest.mark.parametrize("members", COMPLETE, ids=json.dumps)
def test_an_answer_that_says_it_is_whole_is_read(members: dict[str, object]) -> None:
    v1 = CannedApi(lambda asked: subscribed() if asked.path.endswith("/info") else answered(**members))
    assert CloudflareUsageV1(v1).read(ACCOUNT, QUERY).charges


def test_the_refusal_names_the_member_without_its_cursor() -> None:
    v2 = CannedApi(lambda _: answered(result=[], result_info={"cursor": "secret-cursor"}))
    with pytest.raises(UsageUnreadableError, match=r"`result_info\.cursor`") as refusal:
        CloudflareUsageV2(v2).read(ACCOUNT, QUERY)
    assert "secret-cursor" not in str(refusal.value)
