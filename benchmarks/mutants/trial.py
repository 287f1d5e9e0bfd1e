"""Running tests in a fork of this process, which has imported what takes long, but nothing of ours."""

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

import aws_lambda_powertools  # noqa: F401 - imported once, for all forks
import botocore.session  # noqa: F401
import hypothesis  # noqa: F401
import jsonschema  # noqa: F401
import moto  # noqa: F401
import pytest
import pytest_socket  # noqa: F401
import urllib3  # noqa: F401
import yaml  # noqa: F401

from benchmarks.mutants.making import Mutant

# Nearly every mutant that is noticed is noticed by these, and the rest need not even be imported.
FIRST = 12

# pytest would rather rewrite the assertions of what is imported already.
_QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")


def forked(work: Callable[[], int], seconds: int) -> int:
    """Start work in a fork, and give its process id; it is killed after so many seconds of the processor.

    One that waits for what never comes takes none: it is killed after five times as long by the clock.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # unhandled, they end the process
        signal.alarm(5 * seconds)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        code = work()
    finally:
        os._exit(code)


def run_tests(arguments: Sequence[str], *plugins: object) -> int:
    """Run tests as they are, and give pytest's exit code."""
    return int(pytest.main([*_QUIET, *arguments], plugins=plugins))


def survives(mutant: Mutant, tests: Sequence[str]) -> int:
    """Run tests against a mutant until one fails; 0 is for a mutant that nobody noticed."""
    sys.meta_path.insert(0, _Finder(mutant))
    for some in (tests[:FIRST], tests[FIRST:]):
        if some and (code := int(pytest.main([*_QUIET, "-x", *some]))):
            return code
    return 0


class _Finder(MetaPathFinder):
    """Finds the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - Python's own
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Find a module."""
        if fullname != self._mutant.module:
            return None
        file = str(self._mutant.path)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(fullname, file, self._mutant.source())
        )


class _Loader(SourceFileLoader):
    """Loads a text in place of the file's."""

    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - Python's own
        """Compile the text."""
        return compile(self._source, self.path, "exec", dont_inherit=True)
