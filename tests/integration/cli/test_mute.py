"""Mutes in Parameter Store, as the check reads them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.mutes import parse_mutes
from tests.integration.cli.conftest import Run

ROOT = "/cloudflare-budgets"


@pytest.fixture(autouse=True)
def _budget(run: Run, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    put_parameter(f"{ROOT}/budgets/spend", '{"limit": "50 USD"}', "String")


def mutes() -> dict[str, Any]:
    text = ParameterStore(ROOT, aws_clients.ssm).mute_document()
    assert text is not None
    assert parse_mutes(text).refusals == ()
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_mute_ends_after_the_time_it_was_given(run: Run) -> None:
    assert run("mute", "spend", "--for", "3d", "--reason", "a migration").exit_code == 0
    [(name, mute)] = mutes().items()
    assert (name, mute["until"], mute["reason"]) == ("spend", "2026-11-25T10:00:00Z", "a migration")
    assert mute["by"]


def test_mutes_are_added_replaced_and_removed_one_by_one(run: Run) -> None:
    run("mute", "spend", "--until", "2026-12-01", "--reason", "a")
    run("mute", "--all", "--for", "2h", "--reason", "b")
    run("mute", "spend", "--until", "2026-12-02T08:00:00+01:00", "--reason", "c")
    assert {name: each["until"] for name, each in mutes().items()} == {
        "spend": "2026-12-02T07:00:00Z",
        "*": "2026-11-22T12:00:00Z",
    }
    assert run("unmute", "spend").exit_code == 0
    assert list(mutes()) == ["*"]


def test_mutes_that_are_over_are_removed_by_the_next_one(
    run: Run, put_parameter: Callable[..., None]
) -> None:
    put_parameter(f"{ROOT}/mutes", '{"old": {"until": "2026-11-01T00:00:00Z"}}', "String")
    run("mute", "spend", "--for", "1w", "--reason", "a")
    assert list(mutes()) == ["spend"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["spent", "--for", "3d"], "there is no budget spent; did you mean spend?"),
        (["spend"], "no end of the mute"),
        (["spend", "--for", "3 days"], "--for: found 3 days"),
        (["spend", "--until", "2026-11-01"], "is in the past"),
        (["spend", "--until", "tomorrow"], "--until: found tomorrow"),
        (["--for", "3d"], "no budget: name one, or use --all"),
        (["spend", "--all", "--for", "3d"], "no budget: name one, or use --all"),
    ],
)
def test_a_mute_that_is_unclear_is_wrong_usage(run: Run, options: list[str], reason: str) -> None:
    found = run("mute", *options, "--reason", "a")
    assert found.exit_code == 2
    assert reason in found.stderr


def test_what_is_not_muted_cannot_be_unmuted(run: Run) -> None:
    assert run("unmute", "spend").exit_code == 2


def test_an_invalid_parameter_is_not_overwritten(run: Run, put_parameter: Callable[..., None]) -> None:
    put_parameter(f"{ROOT}/mutes", '{"spend": {"until": "soon"}}', "String")
    found = run("mute", "spend", "--for", "1d", "--reason", "a")
    assert found.exit_code == 1
    assert "is invalid, correct it first" in found.stderr
