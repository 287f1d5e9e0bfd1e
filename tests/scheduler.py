"""The distribution of tests to the workers of pytest-xdist.

Expensive fixtures come first, then the longest tests: a long test that begins last would run alone.
The option `--dist loadgroup` ignores groups with pytest 9.2 (pytest-dev/pytest-xdist#1386).
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# Fixtures that take seconds, and where they are used. One worker runs the tests of each, to make it once.
_EXPENSIVE = {
    "deployment": ("tests/local/deployed/", "tests/local/channels/"),
    "agency": ("tests/local/many_accounts/",),
    "moved_stack": ("tests/local/months/",),
    "nursery": ("tests/integration/crashes/test_sudden_deaths.py",),
    "glances": ("tests/local/test_one_glance.py",),
    "wheel": ("tests/integration/cli/test_wheel.py",),
}

# Tests that take many seconds each.
_LONG = (
    "tests/integration/crashes/",
    "tests/local/build/",
    "tests/unit/check/delivery/test_alert_protocol_model.py",
    "tests/unit/many_accounts/test_many_accounts_crashes.py",
    "tests/unit/simulation/",
)


def is_long(nodeid: str) -> bool:
    """Return whether a test begins before the others."""
    return nodeid.startswith(_LONG)


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

    def _pending_of(self, workload: dict[str, dict[str, bool]]) -> int:
        # Called after each test: what was completed is not counted again, which would take seconds in all.
        for scope in [name for name, unit in workload.items() if all(unit.values())]:
            del workload[scope]
        return sum(not is_complete for unit in workload.values() for is_complete in unit.values())
