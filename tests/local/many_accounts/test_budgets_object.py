"""Budgets in an object on a local AWS that enforces IAM: the function may read exactly this object."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import LocalAws, deploy
from local.cloudflare.accounts.agency import agency
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "budgets-of-an-agency"
URL = f"s3://{BUCKET}/team/budgets.json"
ACCOUNTS = agency(3)


@pytest.fixture(scope="module")
def deployed(artifact: Path) -> Iterator[tuple[LocalAws, Watcher]]:
    with LocalCloudflare(now=datetime.now(UTC), accounts=ACCOUNTS) as cloudflare, LocalAws() as aws:
        s3 = boto3.client("s3", **aws.connection)
        s3.create_bucket(Bucket=BUCKET)
        put(s3, {"total": {"limit": "0.01 USD", "account_id": "Prod-*"}, "bad": {"limit": "5"}})
        settings = {
            "AlertEmail": "you@example.com",
            "CloudflareApiUrl": cloudflare.url,
            "FreshUsage": "off",
            "BudgetsObject": URL,
        }
        found = Watcher(aws, deploy(aws, artifact / "template.yaml", settings))
        token = {"token": ACCOUNTS[0].credentials.token, "accounts": ["*"]}
        found.store("tokens/agency", json.dumps(token), secret=True)
        found.store("budgets/own", json.dumps({"limit": "1000000 USD", "account_id": "*"}))
        yield aws, found


def put(s3: Any, budgets: dict[str, Any]) -> None:  # noqa: ANN401 - botocore's client
    s3.put_object(Bucket=BUCKET, Key="team/budgets.json", Body=json.dumps({"budgets": budgets}).encode())


def check(aws: LocalAws, watcher: Watcher) -> dict[str, Any]:
    answer = boto3.client("lambda", **aws.connection).invoke(
        FunctionName=watcher.stack.outputs["CheckBudgetsFunctionName"],
        Payload=json.dumps({"action": "check", "dry_run": True}).encode(),
    )
    reply: dict[str, Any] = json.loads(answer["Payload"].read())
    return reply | ({"failed": True} if "FunctionError" in answer else {})


def test_budgets_of_the_object_and_of_parameters_are_judged_for_each_matching_account(
    deployed: tuple[LocalAws, Watcher],
) -> None:
    reply = check(*deployed)
    assert "failed" not in reply, reply
    judged = {  # in the first days of a month, each budget is evaluated for the month before, too
        account["account_id"]: sorted({budget["name"] for budget in account["budgets"]})
        for account in reply["accounts"]
    }
    names = {each.id: each.name for each in ACCOUNTS}
    assert {names[each]: found for each, found in judged.items()} == {
        "Prod-0001": ["own", "total"],
        "Stage-0002": ["own"],
        "Test-0003": ["own"],
    }
    assert (reply["budgets_object"]["url"], reply["budgets_object"]["failure"]) == (URL, None)
    assert [problem["subject"] for problem in reply["problems"]] == ["bad"]


def test_a_missing_object_fails_the_run_with_its_url(deployed: tuple[LocalAws, Watcher]) -> None:
    aws, _ = deployed
    boto3.client("s3", **aws.connection).delete_object(Bucket=BUCKET, Key="team/budgets.json")
    reply = check(*deployed)
    assert "failed" in reply
    assert f"cannot read {URL}" in reply["errorMessage"]
