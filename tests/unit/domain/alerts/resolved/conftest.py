"""An account that has used 45 USD of a budget."""

import pytest

from tests.support.builders import charge
from tests.support.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.use(charge(cost="45"))
    return world
