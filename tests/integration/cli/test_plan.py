"""Budgets as code against Parameter Store: plan, apply, conflicts, interruptions."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets_cli.planning.parameters import DIGESTS, MANAGED_BY
from cloudflare_budgets_cli.stack.session import Aws
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from tests.integration.cli.conftest import Run
from tests.integration.cli.golden import is_golden

ROOT = "/cloudflare-budgets"


@pytest.fixture(autouse=True)
def _stack(
    run: Run,  # noqa: ARG001 - it sets the token that is moved into a parameter
    table_name: str,
    put_parameter: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stack in moto, whose CloudFormation needs more than is installed."""
    monkeypatch.setattr(Aws, "outputs", {"AlertTableName": table_name})
    token = os.environ["CLOUDFLARE_API_TOKEN"]
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    put_parameter(f"{ROOT}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token", token)


def write(**budgets: Mapping[str, Any]) -> None:
    Path("budgets.yaml").write_text(json.dumps({"budgets": budgets}))


def stored() -> dict[str, Any]:
    found = aws_clients.ssm().get_parameters_by_path(Path=f"{ROOT}/budgets")["Parameters"]
    return {each["Name"].rpartition("/")[2]: json.loads(each["Value"]) for each in found}


def tags(name: str) -> dict[str, str]:
    answer = aws_clients.ssm().list_tags_for_resource(
        ResourceType="Parameter", ResourceId=f"{ROOT}/budgets/{name}"
    )
    return {each["Key"]: each["Value"] for each in answer["TagList"]}


def changes(run: Run, *options: str) -> dict[str, Mapping[str, str]]:
    found = run("-o", "json", "plan", *options)
    assert found.stdout, (found.stderr, found.exception)
    return {each["name"]: each for each in json.loads(found.stdout)["changes"]}


def put(name: str, document: Mapping[str, Any]) -> None:
    aws_clients.ssm().put_parameter(
        Name=f"{ROOT}/budgets/{name}", Value=json.dumps(document), Type="String", Overwrite=True
    )


def test_a_plan_writes_nothing(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    assert changes(run)["budgets/spend"]["change"] == "create"
    assert stored() == {}


def test_a_plan_says_what_a_change_would_send(run: Run) -> None:
    write(spend={"limit": "150 USD", "thresholds": ["80%", "100%"]}, high={"limit": "9000 USD"})
    found = changes(run)
    assert found["budgets/spend"]["effect"].startswith("205.78 of 150 USD (137 %)")
    assert found["budgets/spend"]["effect"].endswith("over limit; sends 100%")
    assert found["budgets/high"]["effect"].endswith("within; sends nothing")


def test_the_effects_need_no_usage_if_they_are_not_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_URL", "http://127.0.0.1:9/client/v4")
    write(spend={"limit": "150 USD"})
    assert changes(run, "--no-effects")["budgets/spend"]["effect"] is None


def test_apply_writes_managed_parameters_and_is_idempotent(run: Run) -> None:
    write(spend={"limit": "150 USD"}, workers={"limit": "5 USD"})
    assert run("apply", "--yes").exit_code == 0
    assert stored() == {"spend": {"limit": "150 USD"}, "workers": {"limit": "5 USD"}}
    assert tags("spend")[MANAGED_BY] == "cloudflare-budgets"
    assert {each["change"] for each in changes(run, "--no-effects").values()} == {"unchanged"}


def test_an_update_shows_the_fields_that_change(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    run("apply", "--yes")
    write(spend={"limit": "180 USD", "period": "week"})
    found = changes(run, "--no-effects")["budgets/spend"]
    assert found["change"] == "update"
    assert found["fields"] == 'limit: "150 USD" -> "180 USD"; period: nothing -> "week"'
    run("apply", "--yes")
    assert stored()["spend"] == {"limit": "180 USD", "period": "week"}


def test_without_a_terminal_nothing_is_prompted_and_nothing_is_written(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    found = run("apply", "--no-effects")
    assert found.exit_code == 2
    assert "add --yes" in found.stderr
    assert stored() == {}


def test_a_dry_run_of_apply_is_a_plan(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    assert run("apply", "--dry-run", "--no-effects").exit_code == 0
    assert stored() == {}


def test_a_change_made_by_hand_is_a_conflict_until_it_is_overwritten(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    run("apply", "--yes")
    put("spend", {"limit": "500 USD"})
    write(spend={"limit": "180 USD"})
    found = run("apply", "--yes")
    assert found.exit_code == 1
    assert "changed by hand" in found.stdout
    assert stored()["spend"] == {"limit": "500 USD"}
    assert run("apply", "--yes", "--overwrite").exit_code == 0
    assert stored()["spend"] == {"limit": "180 USD"}


def test_a_change_made_by_hand_that_the_file_has_too_is_no_conflict(run: Run) -> None:
    write(spend={"limit": "150 USD"})
    run("apply", "--yes")
    put("spend", {"limit": "180 USD"})
    write(spend={"limit": "180 USD"})
    assert run("plan", "--no-effects").exit_code == 0


def test_a_change_between_plan_and_write_is_seen_by_the_version(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(spend={"limit": "150 USD"})
    run("apply", "--yes")
    write(spend={"limit": "180 USD"})
    monkeypatch.setattr(
        "cloudflare_budgets_cli.planning.plan._show", lambda *_, **__: put("spend", {"limit": "1 USD"})
    )
    found = run("apply", "--yes")
    assert found.exit_code == 1
    assert "was changed by another user (version 1, now 2)" in found.stderr
    assert stored()["spend"] == {"limit": "1 USD"}


def test_budgets_made_by_hand_are_adopted_or_left_alone_and_never_pruned(run: Run) -> None:
    put("spend", {"limit": "150 USD"})
    put("mine", {"limit": "7 USD"})
    write(spend={"limit": "150 USD"})
    assert changes(run, "--no-effects", "--prune")["budgets/spend"]["change"] == "adopt"
    assert run("apply", "--yes", "--prune").exit_code == 0
    assert stored().keys() == {"spend", "mine"}
    assert tags("spend")[MANAGED_BY] == "cloudflare-budgets"
    assert tags("mine") == {}


def test_prune_deletes_managed_budgets_that_are_in_no_file(run: Run) -> None:
    write(spend={"limit": "150 USD"}, old={"limit": "5 USD"})
    run("apply", "--yes")
    write(spend={"limit": "150 USD"})
    assert run("apply", "--yes").exit_code == 0
    assert "old" in stored()
    assert run("apply", "--yes", "--prune").exit_code == 0
    assert stored().keys() == {"spend"}


def test_prices_of_a_file_become_their_parameter(run: Run) -> None:
    prices = {"workers_standard_requests": {"price": "0.25 USD"}}
    Path("budgets.yaml").write_text(json.dumps({"budgets": {"spend": {"limit": "5 USD"}}, "prices": prices}))
    assert run("apply", "--yes").exit_code == 0
    value = aws_clients.ssm().get_parameter(Name=f"{ROOT}/prices")["Parameter"]["Value"]
    assert json.loads(value) == prices


@pytest.mark.parametrize("call", ["AddTagsToResource", "PutParameter"])
@pytest.mark.parametrize("number", [1, 2])
def test_an_interrupted_apply_leaves_whole_parameters_and_the_next_one_completes_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    old, new = {"limit": "150 USD"}, {"limit": "180 USD"}
    write(one=old, two=old)
    run("apply", "--yes")
    write(one=new, two=new)
    calls: list[str] = []

    def interrupted(**_: object) -> None:
        calls.append(call)
        if len(calls) == number:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, call)

    real = Aws.ssm

    def broken(aws: Aws) -> Any:  # noqa: ANN401 - boto3's client
        client = real(aws)
        client.meta.events.register(
            f"before-parameter-build.ssm.{call}", interrupted, unique_id="interrupted"
        )
        return client

    monkeypatch.setattr(Aws, "ssm", broken)
    found = run("apply", "--yes")
    assert found.exit_code == 3
    assert f"{number - 1} of 2 changes were written" in found.stderr
    monkeypatch.setattr(Aws, "ssm", real)
    assert list(stored().values()) == [new] * (number - 1) + [old] * (3 - number)
    assert run("apply", "--yes").exit_code == 0
    assert list(stored().values()) == [new, new]
    assert DIGESTS in tags("one")


def test_a_missing_region_is_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    write(spend={"limit": "150 USD"})
    found = run("plan")
    assert found.exit_code == 2
    assert "--region before the command" in found.stderr


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_screen_of_a_plan_shows_fields_and_effects(
    run: Run, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    put("by-hand", {"limit": "9 USD"})
    write(spend={"limit": "150 USD"}, old={"limit": "5 USD"}, same={"limit": "7000 USD"})
    run("apply", "--yes")
    write(spend={"limit": "180 USD", "period": "week"}, new={"limit": "9000 USD"}, same={"limit": "7000 USD"})
    found = run("plan", "--prune")
    assert is_golden(f"plan/{columns}", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= int(columns)
