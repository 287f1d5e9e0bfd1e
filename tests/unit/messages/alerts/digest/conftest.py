"""An account with a budget that is far from its limit."""

import pytest

from tests.support.builders import (
    each_day,
)
from tests.support.world import World
from tests.unit.messages.alerts.digest.digests import QUIET


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"spend": QUIET}
    world.use(*each_day("2026-11-01", "2026-11-21", cost="1"))
    return world
