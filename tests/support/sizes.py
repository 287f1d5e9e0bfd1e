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
    has_all_calls: bool = False  # a fault at each call of a run with analytics, not at those to it only
    has_every_fault: bool = False  # every fault at every call of a run, alone and in pairs
    has_large_models: bool = False


_SIZES = {
    "quick": Size(  # the slow kinds are left out
        examples=25,
        fuzz_examples=10,
        changed_answers=1_000,
        simulated_months=50,
        fresh_months=20,
        interleavings=20,
        sudden_deaths=3,
    ),
    "test": Size(
        examples=50,
        fuzz_examples=30,
        changed_answers=2_000,
        simulated_months=50,
        fresh_months=200,
        interleavings=40,
        sudden_deaths=5,
    ),
    "ci": Size(
        examples=100,
        fuzz_examples=100,
        changed_answers=10_000,
        simulated_months=200,
        fresh_months=200,
        interleavings=100,
        sudden_deaths=20,
        has_all_calls=True,
    ),
    "slow": Size(
        examples=1_000,
        fuzz_examples=10_000,
        changed_answers=100_000,
        simulated_months=10_000,
        fresh_months=10_000,
        interleavings=1_000,
        sudden_deaths=200,
        has_all_calls=True,
        has_every_fault=True,
        has_large_models=True,
    ),
}


def _selected() -> Size:
    name = os.environ.get("TEST_SIZE", "test")
    if name not in _SIZES:
        message = f"TEST_SIZE is {name!r}; it must be one of: {', '.join(_SIZES)}"
        raise ValueError(message)
    return _SIZES[name]


SIZE = _selected()
