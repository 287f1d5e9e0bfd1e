from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloudflare_budgets_cli.app import app
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare

AS_OF = datetime(2026, 11, 22, 10, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture(scope="session")
def server() -> Iterator[LocalCloudflare]:
    """A local Cloudflare whose clock stands still."""
    with LocalCloudflare(now=AS_OF) as server:
        yield server


@pytest.fixture
def run(server: LocalCloudflare, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder, with the environment of one account of the local Cloudflare."""
    [token] = [each.credentials.token for each in server.accounts if each.id == SELF_SERVE_RUNAWAY_ID]
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", SELF_SERVE_RUNAWAY_ID)
    monkeypatch.setenv("CLOUDFLARE_API_URL", server.url)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--as-of", AS_OF.isoformat(), *arguments])

    return run
