"""Runs of later hours, and what they send."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.support.world import World

HOUR = timedelta(hours=1)
QUIET = '{"limit": "5000 USD"}'
MISTAKEN = '{"limit": "50 USD", "treshold": ["80%"]}'


def alerts(world: World, kind: str = "resolved") -> list[Mapping[str, Any]]:
    return [message.alert for message in world.topic.published if message.alert["type"] == kind]


def run_later(world: World, **request: object) -> None:
    world.now += HOUR
    world.run(**request)


# Problems


def gone(world: World) -> list[tuple[str, str]]:
    return [(alert["problem"]["kind"], alert["problem"]["subject"]) for alert in alerts(world)]
