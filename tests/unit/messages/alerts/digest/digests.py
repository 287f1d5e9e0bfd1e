"""The digests that a world sends."""

from collections.abc import Mapping
from typing import Any

from tests.support.fakes import Published
from tests.support.world import World

QUIET = '{"limit": "5000 USD"}'


def digests(world: World) -> list[Published]:
    return [message for message in world.topic.published if message.alert["type"] == "digest"]


def digest(world: World) -> Published:
    """Run for a digest, and give it."""
    world.run(digest=True)
    return digests(world)[-1]


def standing(message: Published) -> list[Mapping[str, Any]]:
    return [each for account in message.alert["accounts"] for each in account["budgets"]]
