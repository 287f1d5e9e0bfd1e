"""Lists of accounts that Cloudflare does not send as documented."""

import json

import pytest

from cloudflare_budgets.adapters.cloudflare.accounts import PER_PAGE, CloudflareAccountLister
from cloudflare_budgets.errors import UsageRefusedError, UsageUnavailableError, UsageUnreadableError
from tests.support.canned_api import ACCOUNT, Asked, CannedApi

IDS = [f"{number:032x}" for number in range(120)]


def page(ids: list[str], **members: object) -> bytes:
    result = [{"id": each, "name": f"Name {each[-2:]}"} for each in ids]
    document = {"success": True, "errors": [], "messages": [], "result": result, "result_info": None}
    return json.dumps(document | members).encode()


def pages(asked: Asked) -> bytes:
    start = (int(asked.query["page"]) - 1) * PER_PAGE
    return page(IDS[start : start + PER_PAGE])


def listed(api: CannedApi) -> dict[str, str]:
    return dict(CloudflareAccountLister(lambda: api).list_accounts(ACCOUNT.credential))


def test_without_a_total_the_first_page_that_is_not_full_is_the_last() -> None:
    api = CannedApi(pages)
    assert list(listed(api)) == IDS
    assert [asked.query["page"] for asked in api.asked] == ["1", "2", "3"]


def test_an_account_without_a_name_is_listed() -> None:
    body = page([], result=[{"id": IDS[1], "name": None}, {"id": IDS[2]}])
    assert listed(CannedApi(lambda _: body)) == {IDS[1]: "", IDS[2]: ""}


def test_a_name_has_no_invisible_characters_and_is_short() -> None:
    body = page([], result=[{"id": IDS[1], "name": "A\u202eB\n" + "c" * 500}])
    (name,) = listed(CannedApi(lambda _: body)).values()
    assert len(name) <= 100
    assert "\u202e" not in name
    assert "\n" not in name


def test_pages_that_end_before_the_total_are_tried_again_in_the_next_run() -> None:
    body = page(IDS[:3], result_info={"total_count": 7})
    with pytest.raises(UsageUnavailableError, match="lists 3 of 7 accounts"):
        listed(CannedApi(lambda _: body))


def test_a_page_that_is_sent_again_and_again_ends_the_list() -> None:
    body = page(IDS[:PER_PAGE])
    with pytest.raises(UsageUnavailableError, match="page 2 twice"):
        listed(CannedApi(lambda _: body))


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        page([], result=None),
        page([], result={"id": IDS[1]}),
        page([], result=["x"]),
        page([], result=[{"id": "../../x"}]),
        page([], result=[{"id": IDS[1].upper().replace("0", "A")}]),
        page([], success="yes"),
    ],
)
def test_an_answer_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(UsageUnreadableError):
        listed(CannedApi(lambda _: body))


def test_an_answer_that_reports_a_failure_says_what_listing_needs() -> None:
    errors = [{"code": 1001, "message": "List accounts endpoint does not support account owned tokens."}]
    body = page([], success=False, errors=errors)
    with pytest.raises(UsageRefusedError, match=r"code 1001, .*not for an account-owned token"):
        listed(CannedApi(lambda _: body))


@pytest.mark.parametrize("body", [b"<html>", b'{"success": true, "result": [', b"\xff"])
def test_an_answer_that_is_cut_is_tried_again_in_the_next_run(body: bytes) -> None:
    with pytest.raises(UsageUnavailableError):
        listed(CannedApi(lambda _: body))
