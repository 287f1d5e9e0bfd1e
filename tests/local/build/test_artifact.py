"""The output of `sam build` is complete and reproducible."""

from __future__ import annotations

import filecmp
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.aws import build

if TYPE_CHECKING:
    from pathlib import Path

# Only Python's standard library and the artifact, no installed packages.
PROBE = """
import json, os, sys
sys.path[:0] = json.loads(sys.argv[1])
os.environ.update(json.loads(sys.argv[2]))
import handler
import boto3
for service in ("dynamodb", "sns", "ssm"):
    boto3.client(service)
print(json.dumps([callable(handler.lambda_handler), len(handler.shipped_prices().prices), sorted(
    module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)
)]))
"""
SUBSCRIBER = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
import handler
assert callable(handler.lambda_handler)
print([module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)])
"""
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "PARAMETER_PREFIX": "/cloudflare-budgets",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:alerts",
    "ALERT_TABLE_NAME": "alerts",
    "CLOUDFLARE_API_URL": "https://api.cloudflare.com/client/v4",
    "USAGE_API": "auto",
    "STALE_AFTER_HOURS": "54",
    "REPORT_BUCKET_NAME": "",
    "POWERTOOLS_SERVICE_NAME": "cloudflare_budgets",
    "POWERTOOLS_METRICS_NAMESPACE": "CloudflareBudgets",
}


def test_the_handler_needs_nothing_but_the_artifact(artifact: Path) -> None:
    shipped = [str(artifact / "CheckBudgetsFunction"), str(artifact / "CloudflareBudgetsLayer" / "python")]
    probe = subprocess.run(  # noqa: S603 - this interpreter, with a script of ours
        [sys.executable, "-I", "-S", "-B", "-c", PROBE, json.dumps(shipped), json.dumps(ENVIRONMENT)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert probe.returncode == 0, probe.stderr
    has_handler, prices, files = json.loads(probe.stdout)
    assert has_handler
    assert prices >= 50
    assert not [file for file in files if "site-packages" in file]
    # The report and its style are part of the layer, and no cold start reads them.
    report = artifact / "CloudflareBudgetsLayer/python/cloudflare_budgets/messages/report"
    assert (report / "report.css").is_file()
    assert not [file for file in files if file.startswith(str(report))]


@pytest.mark.parametrize("function", ["PostToSlackFunction", "PostToChatFunction", "PostToChannelsFunction"])
def test_the_handler_of_a_subscriber_needs_nothing_but_the_artifact(artifact: Path, function: str) -> None:
    shipped = [str(artifact / function), str(artifact / "CloudflareBudgetsLayer" / "python")]
    probe = subprocess.run(  # noqa: S603 - this interpreter, with a script of ours
        [sys.executable, "-I", "-S", "-B", "-c", SUBSCRIBER, json.dumps(shipped)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert probe.returncode == 0, probe.stderr
    assert "site-packages" not in probe.stdout


def test_a_second_build_is_identical(artifact: Path, tmp_path: Path) -> None:
    build(tmp_path)

    for part in ("CheckBudgetsFunction", "CloudflareBudgetsLayer"):
        first = files_below(artifact / part)
        assert files_below(tmp_path / part) == first
        _, different, unreadable = filecmp.cmpfiles(artifact / part, tmp_path / part, first, shallow=False)
        assert different == unreadable == []


def test_the_layer_contains_no_binary_code(artifact: Path) -> None:
    files = files_below(artifact / "CloudflareBudgetsLayer")

    assert not [file for file in files if file.endswith((".so", ".pyd"))]


def test_bytecode_is_for_the_runtime_and_never_compared_with_its_source(artifact: Path) -> None:
    for file in (artifact / "CloudflareBudgetsLayer").rglob("*.pyc"):
        assert ".cpython-313." in file.name
        assert file.read_bytes()[4:8] == b"\x01\0\0\0"  # PEP 552: by hash, unchecked


def files_below(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
