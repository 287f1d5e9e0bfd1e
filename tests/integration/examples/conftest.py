"""The kill switch of the examples, between a local API for Workers and a Parameter Store."""

from __future__ import annotations

import copy
import importlib.util
from typing import TYPE_CHECKING

import pytest

from local.cloudflare.workers import TOKEN, LocalWorkers
from tests.integration.examples.switching import ACCOUNT, HANDLER, ROUTES, SUBDOMAINS, SWITCH, ZONES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    with LocalWorkers(copy.deepcopy(SUBDOMAINS), copy.deepcopy(ROUTES)) as running:
        yield running


@pytest.fixture
def switch(
    workers: LocalWorkers, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    settings = {
        "SWITCH_NAME": SWITCH,
        "TOKEN_NAME": f"{SWITCH}/token",
        "DRY_RUN": "false",
        "WORKERS": "shop-api, images, payments",
        "NEVER_TOUCH": "payments, example.com/health",
        "ACCOUNT_ID": ACCOUNT,
        "ZONE_IDS": ",".join(ZONES),
        "CLOUDFLARE_API_URL": workers.url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    put_parameter(f"{SWITCH}/token", TOKEN)
    put_parameter(SWITCH, '{"state": "on"}', "String")
    spec = importlib.util.spec_from_file_location("kill_switch", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
