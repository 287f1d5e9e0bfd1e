"""The least of a story that still goes wrong, and what happens in it."""

from collections.abc import Iterator
from dataclasses import replace

from tests.unit.simulation.life import Life
from tests.unit.simulation.story import Story

_PARTS = ("outages", "missed", "doubled", "edits", "versions")
_LINES = 12


def explained(story: Story) -> str:
    """Say what goes wrong in a story, after leaving out of it what does not matter."""
    least = _least(story)
    life = Life(least, traces=True)
    fault = _fault(life)
    budgets = [
        f"{edit.at:%Y-%m-%d %H}: {edit.name} {edit.plan and edit.plan.document}" for edit in least.edits
    ]
    rows = [
        f"{one.shown_from:%Y-%m-%d %H}: {one.metric} {one.on:%Y-%m-%d} {one.cost} USD {one.quantity}"
        for one in least.versions
    ]
    outages = [f"{one.start:%Y-%m-%d %H} to {one.end:%Y-%m-%d %H}: {one.fault}" for one in least.outages]
    ticks = [
        f"missed {[f'{least.tick(hour):%Y-%m-%d %H}' for hour in least.missed]}, doubled {least.doubled}"
    ]
    title = f"month {story.seed} ({least.source}, anchor {least.anchor}): {fault}"
    return "\n".join([title, *budgets, *rows[-_LINES:], *outages, *ticks, *life.trace[-_LINES:]])


def _least(story: Story) -> Story:
    for part in _PARTS:
        size = len(getattr(story, part))
        while size:
            smaller = next((less for less in _without(story, part, size) if _fault(Life(less))), None)
            story = smaller or story
            size = min(size, len(getattr(story, part))) if smaller else size // 2
    return story


def _without(story: Story, part: str, size: int) -> Iterator[Story]:
    items = getattr(story, part)
    for at in range(0, len(items), size):
        yield replace(story, **{part: items[:at] + items[at + size :]})


def _fault(life: Life) -> str:
    try:
        life.live()
    except AssertionError as error:
        return str(error) or "wrong"
    return ""
