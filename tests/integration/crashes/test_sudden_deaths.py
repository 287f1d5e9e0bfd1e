"""Processes that die at any instant of a run: nothing is lost, and a copy needs a death.

The crash harness stops runs around their calls; here the real process ends wherever it happens to be."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import boto3
import pytest

from local.aws import LocalAws, Mailbox
from local.aws.stack import ROOT
from local.cloudflare.server import LocalCloudflare
from tests.integration.crashes.stage import LEASE, environment, small_account, write_parameters
from tests.integration.dynamodb.tables import create_table
from tests.support.builders import AS_OF
from tests.support.sizes import SIZE

pytestmark = pytest.mark.crashes
DEATHS = SIZE.sudden_deaths
CODE = f"{ROOT / 'layers/cloudflare_budgets'}{os.pathsep}{ROOT}"


@dataclass
class Nursery:
    """Runs at a time of its own; each trial has a table of its own."""

    process: subprocess.Popen[str]
    aws: LocalAws
    table_properties: Mapping[str, Any]
    mailbox: Mailbox
    now: datetime = AS_OF
    tables: int = 0

    def begin(self) -> None:
        """Begin a trial with an empty table."""
        self.tables += 1
        create_table(
            boto3.client("dynamodb", **self.aws.connection), f"alerts-{self.tables}", self.table_properties
        )
        self.now = AS_OF

    def run(self, dies_after: float = 0) -> str:
        """Run once, killed after this number of seconds if not 0; return its end, then let all leases end."""
        order = {"table": f"alerts-{self.tables}", "now": self.now.isoformat(), "dies_after": dies_after}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        end = self.process.stdout.readline().strip()
        self.now += LEASE + timedelta(seconds=60)
        return end

    def seconds_of_a_run(self) -> float:
        """Measure a run that has everything to do; the process that makes it is there already."""
        self.begin()
        begun = time.monotonic()
        assert self.run() == "complete"
        taken = time.monotonic() - begun
        self.received()
        return taken

    def received(self) -> Counter[str]:
        """Count the messages that came since the last call, by the alert that they carry."""
        return Counter(delivery.alert["alert_id"] for delivery in self.mailbox.read())


@pytest.fixture(scope="module")
def nursery(table_properties: Mapping[str, Any]) -> Iterator[Nursery]:
    local = small_account()
    with LocalAws() as aws, LocalCloudflare(now=AS_OF, accounts=(local,)) as cloudflare:
        write_parameters(boto3.client("ssm", **aws.connection), local)
        topic_arn = boto3.client("sns", **aws.connection).create_topic(Name="alerts")["TopicArn"]
        settings = aws.environment | environment(topic_arn, cloudflare.url) | {"PYTHONPATH": CODE}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.integration.crashes.nursery"],
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield Nursery(process, aws, table_properties, Mailbox(aws, topic_arn))


def test_a_process_killed_at_any_instant_loses_no_alert(
    nursery: Nursery, record_property: Callable[[str, object], None]
) -> None:
    nursery.begin()
    assert nursery.run() == "complete"
    expected = nursery.received()
    assert set(expected.values()) == {1}
    seconds = min(nursery.seconds_of_a_run() for _ in range(3))

    random, died, trials = Random(DEATHS), 0, 0
    while died < DEATHS:
        nursery.begin()
        ends = [nursery.run(random.uniform(0.01, seconds)) for _ in range(random.choice((1, 1, 2)))]
        assert nursery.run() == "complete", ends
        copies = nursery.received()
        assert copies.keys() == expected.keys(), ends
        assert (copies - expected).total() <= ends.count("killed"), ends
        died += ends.count("killed")
        trials += 1
        assert trials < 20 * DEATHS, "hardly any run dies before it ends"
    record_property("processes that died at any instant", died)
