"""Which test runs which function, and how long it takes."""

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

# A longer test is not run for each mutant.
_LONGEST = 2.0  # seconds
# What the tests of one mutant may take together, by themselves.
_TOGETHER = 12.0  # seconds


@dataclass(frozen=True, slots=True)
class Record:
    """Tests by the functions that they run, as `module:function`, and the seconds that each takes."""

    tests: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]

    def tests_for(self, module: str, function: str) -> list[str]:
        """Choose the tests for a mutant: those that run fewest other functions, and are quick, come first.

        Outside of a function, that is those of the whole module. A hundred examples notice more than the few
        searches of properties that would take as long.
        """
        places = (
            [f"{module}:{function}"]
            if function
            else [key for key in self.tests if key.startswith(f"{module}:")]
        )
        found = {test for place in places for test in self.tests.get(place, ())}
        breadth = self._breadth()
        chosen, left = [], _TOGETHER
        for test in sorted(found, key=lambda each: (breadth[each] * self.seconds[each], each)):
            if self.seconds[test] <= min(_LONGEST, left):
                left -= self.seconds[test]
                chosen.append(test)
        return chosen

    def time_for(self, tests: Sequence[str]) -> int:
        """Give the seconds after which a mutant that is still running will not end any more."""
        return int(30 + 6 * sum(self.seconds[test] for test in tests))

    def _breadth(self) -> dict[str, int]:
        counted: dict[str, int] = defaultdict(int)
        for tests in self.tests.values():
            for test in tests:
                counted[test] += 1
        return counted


def read_record(path: Path) -> Record:
    """Read what `Recorder` wrote."""
    return Record(**json.loads(path.read_text()))


class Recorder:
    """A plugin of pytest that writes a record when the tests are over."""

    def __init__(self, modules: Mapping[str, str], path: Path) -> None:
        self._modules = modules  # by the file that each is in
        self._path = path
        self._tests: dict[str, list[str]] = defaultdict(list)
        self._seconds: dict[str, float] = {}
        self._seen: set[CodeType] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch one test, what it needs included."""
        self._seen.clear()
        begun = time.process_time()  # a busy machine is to choose no other tests than an idle one
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            self._seconds[item.nodeid] = time.process_time() - begun
            for code in self._seen:
                if module := self._modules.get(code.co_filename):
                    function = code.co_qualname.partition(".<locals>")[0]
                    self._tests[f"{module}:{function}"].append(item.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write it all down."""
        tests = {place: sorted(set(found)) for place, found in self._tests.items()}
        self._path.write_text(json.dumps({"tests": tests, "seconds": self._seconds}))

    def _note(self, frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401 - Python's own
        if event == "call":
            self._seen.add(frame.f_code)
