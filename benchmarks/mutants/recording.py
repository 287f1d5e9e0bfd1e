"""Records which test calls which function, and the duration of each test."""

import json
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

import pytest

# Seconds of processor time: of one test, and of all tests that are run for one mutant.
_LONGEST, _TOGETHER = 2.0, 12.0


@dataclass(frozen=True, slots=True)
class Record:
    """The tests of each function, by `module:function`, and the seconds of each test."""

    tests: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]

    def tests_for(self, module: str, function: str) -> list[str]:
        """Return the tests to run for a mutant, with fast tests of few functions first.

        For a mutant outside of functions, these are the tests of its module.
        """
        place = f"{module}:{function}"
        found = {
            test
            for key, tests in self.tests.items()
            if key == place or (not function and key.startswith(place))
            for test in tests
        }
        breadth = Counter(test for tests in self.tests.values() for test in tests)
        chosen, left = [], _TOGETHER
        for test in sorted(found, key=lambda each: (breadth[each] * self.seconds[each], each)):
            if self.seconds[test] <= min(_LONGEST, left):
                left -= self.seconds[test]
                chosen.append(test)
        return chosen

    def limit_for(self, tests: Sequence[str]) -> int:
        """Return the seconds after which a mutant that still runs never ends."""
        return int(30 + 6 * sum(self.seconds[test] for test in tests))


class Recorder:
    """A plugin of pytest that writes a `Record` at the end of the session."""

    def __init__(self, modules: Mapping[str, str], path: Path) -> None:
        self._modules = modules  # by file
        self._path = path
        self._tests: dict[str, set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._called: set[CodeType] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record the calls and the time of one test, including its fixtures."""
        self._called.clear()
        begun = time.process_time()  # so that a busy machine selects the same tests
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            self._seconds[item.nodeid] = time.process_time() - begun
            for code in self._called:
                if module := self._modules.get(code.co_filename):
                    function = code.co_qualname.partition(".<locals>")[0]
                    self._tests[f"{module}:{function}"].add(item.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        tests = {place: sorted(found) for place, found in self._tests.items()}
        self._path.write_text(json.dumps({"tests": tests, "seconds": self._seconds}))

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self._called.add(frame.f_code)
