"""A credential stays within where Cloudflare's analytics, or the lists of names, send it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import FAMILIES
from tests.integration.hostile.raw_server import RawServer, answer
from tests.integration.secrets.credentials import CREDENTIALS
from tests.integration.secrets.test_secrets_check import (
    header_echo,
    in_an_error,
    in_quotes,
    in_the_rows,
    only_the_end,
    secret_lines,
)
from tests.support.canaries import given_away

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.integration.hostile.raw_server import Conversation
    from tests.integration.secrets.leaving import Leaving

NAMES = [dataset.name for family in FAMILIES.values() for dataset in family]
DATASETS = ("workersInvocationsAdaptive", "d1AnalyticsAdaptiveGroups", "r2OperationsAdaptiveGroups")


def in_graphql(text: str) -> str:
    return json.dumps(
        {"data": None, "errors": [{"message": text, "path": [text], "extensions": {text: text}}]}
    )


def the_end_in_graphql(text: str) -> str:
    return in_graphql("the token ends in " + text[-20:])


def quoted_in_graphql(text: str) -> str:
    return in_graphql("' '".join(text[start : start + 9] for start in range(0, len(text), 9)))


def beside_a_budget_error(text: str) -> str:
    error = {"message": text[-30:], "extensions": {"code": "budget", "timestamp": text}}
    return json.dumps({"data": None, "errors": [error]})


def in_a_date(text: str) -> str:
    return _data({name: [{"dimensions": {"date": text[-24:]}, "sum": {}}] for name in DATASETS})


def in_a_number(text: str) -> str:
    row: dict[str, Any] = {"dimensions": {"date": "2026-11-22"}, "sum": {"requests": text[-24:]}}
    return _data({key: [row] for key in DATASETS})


def in_a_field(text: str) -> str:
    return _data({text: [{text: text}]})


def _data(account: dict[str, Any]) -> str:
    return json.dumps({"data": {"viewer": {"accounts": [account]}}, "errors": None})


def echo(status: str, shape: Callable[[str], str]) -> Conversation:
    return lambda connection, head: connection.sendall(
        answer(shape(secret_lines(head)).encode(), "Connection: close", status=status)
    )


CONVERSATIONS: dict[str, Conversation] = {
    **{
        f"an error with status {status}": echo(status, in_graphql)
        for status in ("200 OK", "400 Bad", "401 No", "403 No", "429 Slow", "500 Oh", "503 Oh")
    },
    "an error of the REST envelope": echo("403 No", in_an_error),
    "the end of it": echo("400 Bad", the_end_in_graphql),
    "the end of it in the REST envelope": echo("400 Bad", only_the_end),
    "in quotes": echo("400 Bad", quoted_in_graphql),
    "in quotes in the REST envelope": echo("400 Bad", in_quotes),
    "beside a rate limit": echo("200 OK", beside_a_budget_error),
    "the end of it as a date": echo("200 OK", in_a_date),
    "the end of it as a number": echo("200 OK", in_a_number),
    "as a field": echo("200 OK", in_a_field),
    "in an HTML page": echo("200 OK", lambda text: f"<html>{text}</html>"),
    "in the status line": header_echo("HTTP/1.1 200 <>\r\nContent-Length: 0\r\n\r\n"),
    "in a redirection": header_echo("HTTP/1.1 302 <>\r\nLocation: /<>\r\nContent-Length: 0\r\n\r\n"),
    "in an invalid header": header_echo("HTTP/1.1 200 OK\r\n<>\r\n no header <>\r\n\r\n"),
}


def usage_and(analytics: Conversation) -> Conversation:
    """Answer with valid usage, and leave analytics to another conversation."""

    def conversation(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"POST /graphql"):
            analytics(connection, head)
        else:
            connection.sendall(answer(in_the_rows("a name").encode(), "Connection: close"))

    return conversation


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_a_credential_that_analytics_send_back_is_not_shown(
    leaving: Callable[[str, str], Leaving], credential: str, conversation: str
) -> None:
    with RawServer(usage_and(CONVERSATIONS[conversation])) as server:
        left = leaving(CREDENTIALS[credential], server.url)
        sent = [head.decode("latin-1") for head in server.requests if head.startswith(b"POST /graphql")]
    assert sent
    assert given_away("".join(sent)) != []  # the credential was sent
    assert '"level": "over_limit"' in left.all_of_it  # billed usage is judged as without analytics
    left.holds_no_secret()


LISTS = {
    "in a list of names": lambda text: json.dumps(
        {"success": True, "result": [{"uuid": "0d9c", "name": text}]}
    ),
    "in an error": in_an_error,
    "the end of it in an error": only_the_end,
    "in an HTML page": lambda text: f"<html>{text}</html>",
}


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("shape", LISTS)
def test_a_credential_that_a_list_of_names_sends_back_is_not_shown(
    leaving: Callable[[str, str], Leaving], credential: str, shape: str
) -> None:
    with RawServer(_with_users(LISTS[shape])) as server:
        left = leaving(CREDENTIALS[credential], server.url)
        assert any(b"/d1/database" in head for head in server.requests)
    assert "0d9c" in left.all_of_it
    left.holds_no_secret()


def _with_users(shape: Callable[[str], str]) -> Conversation:
    """Count rows of a database, and answer a request for its name with the credential."""

    def conversation(connection: socket.socket, head: bytes) -> None:
        sums = {"rowsRead": 10**12, "rowsWritten": 10**9}
        row = {"dimensions": {"date": "2026-11-22", "databaseId": "0d9c"}, "sum": sums}
        if head.startswith(b"POST /graphql"):
            node: dict[str, Any] = {name: [] for name in NAMES} | {"d1AnalyticsAdaptiveGroups": [row]}
            body = _data(node)
        elif b"/d1/database" in head:
            body = shape(secret_lines(head))
        else:
            body = in_the_rows("d1_rows_read")
        connection.sendall(answer(body.encode(), "Connection: close"))

    return conversation
