import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from local.aws import LocalAws, deploy
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher
from tests.local.months.clock import FunctionClock
from tests.local.months.stage import ACCOUNT, BEGIN, BUDGET, Stage


@pytest.fixture(scope="session")
def moved_stack(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stack that has watched a budget since its clock's beginning."""
    with LocalCloudflare(now=BEGIN, accounts=(ACCOUNT,)) as cloudflare, LocalAws() as aws:
        settings = {"AlertEmail": "you@example.com", "CloudflareApiUrl": cloudflare.url, "FreshUsage": "off"}
        watcher = Watcher(aws, deploy(aws, artifact / "template.yaml", settings))
        watcher.store(f"accounts/{ACCOUNT.id}/api-token", ACCOUNT.credentials.token, secret=True)
        watcher.store("budgets/spend", json.dumps(BUDGET))
        function = watcher.stack.outputs["CheckBudgetsFunctionName"]
        stage = Stage(
            aws, cloudflare, watcher, FunctionClock(aws, function, tmp_path_factory.mktemp("clock"))
        )
        assert stage.check_at(BEGIN + timedelta(days=4)), stage.failures
        yield stage
