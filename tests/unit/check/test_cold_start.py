"""A check loads nothing that it does not need, each in a Python of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = "cloudflare_budgets"
CHECK = """
import json, sys
from tests.support.builders import charge
from tests.support.world import World
world = World()
world.configuration.given_budgets = {"loop": sys.argv[1]}
world.use(charge("2026-11-20"), charge("2026-11-21"))
assert not world.run().failures
print(json.dumps(list(sys.modules)))
"""
START = """
import gc, json, sys
import handler
print(json.dumps([gc.isenabled(), gc.get_freeze_count(), list(sys.modules)]))
"""
QUIET = '{"limit": "1000000 Requests"}'
WATCHFUL = '{"limit": "1000000 Requests", "alert_on": ["spike"]}'
# What most checks go without.
SELDOM = {
    f"{PACKAGE}.{name}"
    for name in (
        "check.digest",
        "post_to_slack",
        "domain.evaluation.anomaly",
        "domain.pricing.price_overrides",
        "domain.run.digest",
        "domain.timeseries.spike",
        "messages.alerts.anomaly",
        "messages.alerts.digest",
        "messages.channels.amazon_q",
        "messages.report",
        "messages.slack",
    )
}


def answer_of(script: str, *arguments: str) -> str:
    paths = [ROOT / "layers" / PACKAGE, ROOT / "functions" / "check_budgets", ROOT]
    code = f"import sys; sys.path[:0] = {[str(path) for path in paths]}\n{script}"
    probe = subprocess.run(  # noqa: S603 - this interpreter, with a script of ours
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert probe.returncode == 0, probe.stderr
    return probe.stdout


def test_a_check_loads_nothing_that_its_budgets_do_not_request() -> None:
    assert not SELDOM & set(json.loads(answer_of(CHECK, QUIET)))


@pytest.mark.parametrize("module", ["domain.evaluation.anomaly", "domain.timeseries.spike"])
def test_what_looks_for_spikes_is_loaded_where_a_budget_requests_it(module: str) -> None:
    assert f"{PACKAGE}.{module}" in json.loads(answer_of(CHECK, WATCHFUL))


def test_the_function_starts_without_boto3_and_never_looks_through_what_it_loaded_for_garbage() -> None:
    collects, frozen, modules = json.loads(answer_of(START))

    assert collects
    assert frozen > 10_000
    assert not (SELDOM | {"boto3"}) & set(modules)
