from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from local.cloudflare.accounts.examples import CLOSED, EMPTY, ORDINARY, QUIET, demo_accounts
from local.cloudflare.api.routes import answer
from local.cloudflare.http import Request, parse, render, render_rows

if TYPE_CHECKING:
    from local.cloudflare.accounts.account import Account

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ACCOUNTS = demo_accounts(NOW)


def _bearer(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.credentials.token}"}


def _ask(
    path: str, headers: dict[str, str], accounts: tuple[Account, ...] = ACCOUNTS, method: str = "GET"
) -> tuple[int, Any]:
    reply = answer(Request.of(method, f"/client/v4/{path}", headers.items()), accounts, NOW)
    return reply.status, json.loads(reply.body)


def _usage(query: str = "", account: Account = ORDINARY) -> tuple[int, Any]:
    others = tuple(other for other in ACCOUNTS if other.id != account.id)
    return _ask(f"accounts/{account.id}/billable/usage{query}", _bearer(account), (*others, account))


def _refusal(status: int, document: Any) -> tuple[int, int | None, str]:  # noqa: ANN401 - whatever came
    assert document["success"] is False
    assert document["result"] is None
    [error, *_] = document["errors"]
    return status, error.get("code"), error["message"]


def test_the_envelope_of_a_success_has_its_four_keys() -> None:
    assert _usage(account=EMPTY) == (200, {"errors": [], "messages": [], "result": [], "success": True})


def test_the_default_range_is_the_month_to_date() -> None:
    _, document = _usage()

    assert {row["ChargePeriodStart"][:10] for row in document["result"]} == {
        f"2026-11-{day:02}" for day in range(1, 23)
    }


@pytest.mark.parametrize(
    "query",
    [
        "?from=2026-11-01",
        "?to=2026-11-01",
        "?from=&to=",
        "?from=2026-11-01&to=yesterday",
        "?from=2026-11-01T00:00:00Z&to=2026-11-02",
        "?from=20261101&to=20261102",
        "?from=2026-11-31&to=2026-12-01",
        "?from=2026-11-02&to=2026-11-01",
        "?from=2026-10-01&to=2026-11-01",
        "?metric=",
        f"?metric={'m' * 129}",
    ],
)
def test_a_wrong_parameter_is_refused_with_1183(query: str) -> None:
    status, code, message = _refusal(*_usage(query))

    assert (status, code) == (400, 1183)
    assert message.startswith("Invalid request parameters: ")


def test_thirty_one_days_are_the_most() -> None:
    status, document = _usage("?from=2026-10-01&to=2026-10-31")

    assert status == 200
    assert len({row["ChargePeriodStart"] for row in document["result"]}) == 31


def test_the_last_day_can_be_left_out_of_the_range() -> None:
    exclusive = replace(ORDINARY, last_day_included=False)

    _, document = _usage("?from=2026-10-01&to=2026-11-01", exclusive)
    assert max(row["ChargePeriodStart"] for row in document["result"]) == "2026-10-31T00:00:00Z"
    assert _usage("?from=2026-10-01&to=2026-10-01", exclusive)[0] == 400
    assert _usage("?from=2026-10-01&to=2026-10-01")[0] == 200


def test_an_unused_metric_returns_an_empty_list() -> None:
    assert _usage("?metric=workers_of_tomorrow")[1]["result"] == []


def test_a_revoked_token_is_refused_with_401() -> None:
    headers = {"Authorization": "Bearer " + "x" * 40}

    refusal = _refusal(*_ask(f"accounts/{ORDINARY.id}/billable/usage", headers))
    assert refusal == (401, 1000, "Invalid API Token")


def test_another_accounts_token_is_refused_with_403() -> None:
    path = f"accounts/{ORDINARY.id}/billable/usage"

    assert _refusal(*_ask(path, _bearer(QUIET))) == (403, 10000, "Authentication error")
    assert _ask(f"accounts/{'9' * 32}/billable/usage", _bearer(QUIET))[0] == 403


def test_an_account_that_was_not_let_in_is_refused_with_403() -> None:
    assert _refusal(*_usage(account=CLOSED)) == (403, None, "insufficient_permissions")


def test_email_and_key_are_as_good_as_a_token() -> None:
    path = f"accounts/{ORDINARY.id}/billable/usage"
    email, key = ORDINARY.credentials.email, ORDINARY.credentials.key

    assert _ask(path, {"X-Auth-Email": email, "X-Auth-Key": key})[0] == 200
    assert _refusal(*_ask(path, {"X-Auth-Email": email, "X-Auth-Key": "0" * 37}))[:2] == (403, 9103)
    assert _refusal(*_ask(path, {"X-Auth-Email": email}))[:2] == (400, 9106)


@pytest.mark.parametrize(
    ("headers", "codes"),
    [
        ({"Authorization": "Bearer short"}, [6111]),
        ({"Authorization": "Basic " + "x" * 40}, [6111]),
        ({"X-Auth-Email": "nobody", "X-Auth-Key": "x" * 40}, [6102, 6103]),
    ],
)
def test_malformed_credentials_are_refused_with_6003(headers: dict[str, str], codes: list[int]) -> None:
    status, document = _ask(f"accounts/{ORDINARY.id}/billable/usage", headers)

    assert (status, document["errors"][0]["code"]) == (400, 6003)
    assert [error["code"] for error in document["errors"][0]["error_chain"]] == codes


def test_a_call_without_credentials_is_refused_with_9106() -> None:
    assert _refusal(*_ask(f"accounts/{ORDINARY.id}/billable/usage", {}))[:2] == (400, 9106)


@pytest.mark.parametrize("account_id", ["me", "A" * 32, "0" * 31, "0" * 33, "%20"])
def test_an_account_id_that_is_not_32_hex_digits_is_refused_with_7003(account_id: str) -> None:
    status, document = _ask(f"accounts/{account_id}/billable/usage", _bearer(ORDINARY))

    assert status == 400
    assert [error["code"] for error in document["errors"]] == [7003, 7000]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "billing"), ("DELETE", "billable/usage"), ("GET", "billable")]
)
def test_an_endpoint_that_does_not_exist_is_refused_with_404(method: str, path: str) -> None:
    status, code, _ = _refusal(*_ask(f"accounts/{ORDINARY.id}/{path}", _bearer(ORDINARY), method=method))

    assert (status, code) == (404, 7003)


def test_json_is_written_digit_for_digit() -> None:
    number = Decimal("0.1234567890123456789012345")

    assert parse(render({"a": [number, 1, True, None, 'é"\n']}).encode()) == {
        "a": [number, 1, True, None, 'é"\n']
    }
    assert render(Decimal("NaN")) == "NaN"
    assert render_rows([]) == b"[]"
    assert render_rows([{}, {"a": 1}]) == b'[{},{"a":1}]'
