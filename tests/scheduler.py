"""The distribution of tests to the workers of pytest-xdist.

The option `--dist loadgroup` ignores groups with pytest 9.2 (pytest-dev/pytest-xdist#1386).
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Fixtures that take seconds, and where they are used. One worker runs the tests of each, to make it once.
_EXPENSIVE = {
    "deployment": ("tests/local/deployed/", "tests/local/channels/"),
    "agency": ("tests/local/many_accounts/",),
    "moved_stack": ("tests/local/months/",),
    "nursery": ("tests/integration/crashes/test_sudden_deaths.py",),
    "wheel": ("tests/integration/cli/test_wheel.py",),
}


def shared_fixture(nodeid: str) -> str | None:
    """Return the name of the expensive fixture that the tests at this place share."""
    return next((name for name, places in _EXPENSIVE.items() if nodeid.startswith(places)), None)


def is_misplaced(nodeid: str, fixtures: list[str]) -> bool:
    """Return whether a test uses an expensive fixture at a place that does not share it."""
    shared = shared_fixture(nodeid)
    return any(name in _EXPENSIVE and name != shared for name in fixtures)


class Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each worker one test at a time, or all tests that share an expensive fixture."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_fixture(nodeid) or nodeid
