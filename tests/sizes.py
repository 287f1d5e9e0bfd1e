"""How much each slow kind of test tries.

The environment variable `TEST_SIZE` selects one of four sizes: `make quick` sets `quick`, `.ci/run` `ci`,
`make simulate`, `make fuzz`, `make crashes` and `make model` set `slow`. The default is `test`.
"""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The number of attempts of each kind of test."""

    examples: int  # of each property; some properties take a multiple or a fraction
    fuzz_examples: int  # of each fuzzed document
    changed_answers: int  # of each usage API
    simulated_months: int
    fresh_months: int  # with analytics
    interleavings: int  # of concurrent runs
    sudden_deaths: int  # of processes
    has_every_fault: bool = False  # every fault at every call of a run, alone and in pairs
    has_large_models: bool = False


_SIZES = {
    "quick": Size(25, 10, 1_000, 50, 0, 20, 3),  # the slow kinds are left out
    "test": Size(50, 30, 2_000, 50, 200, 40, 5),
    "ci": Size(100, 100, 10_000, 200, 200, 100, 20),
    "slow": Size(
        1_000, 10_000, 100_000, 10_000, 10_000, 1_000, 200, has_every_fault=True, has_large_models=True
    ),
}


def _selected() -> Size:
    name = os.environ.get("TEST_SIZE", "test")
    if name not in _SIZES:
        message = f"TEST_SIZE is {name!r}; it must be one of: {', '.join(_SIZES)}"
        raise ValueError(message)
    return _SIZES[name]


SIZE = _selected()
