"""Runs the tests against mutants of the domain and of the alert protocol, and counts the undetected ones.

`MUTANTS` is the number of mutants, a random sample that is always the same, or `all`. `MUTANTS_OF` selects
modules by a part of their name. The undetected mutants are listed in `.local/mutants/survivors.txt`.

Why no other runner: Cosmic Ray changes the file in place and runs one command per mutant, which collects all
tests again; 1,000 mutants take hours. mutmut selects tests per function and forks, as here. But it changes no
decorated class, hence no method of a frozen dataclass, and no constant: a fifth of these mutants. Versions
for the installed pytest also need a newer `click` than the SAM CLI.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import aws_lambda_powertools  # noqa: F401 - imported once, for all forks
import botocore.session  # noqa: F401
import hypothesis  # noqa: F401
import jsonschema  # noqa: F401
import moto  # noqa: F401
import pytest
import pytest_socket  # noqa: F401
import urllib3  # noqa: F401
import yaml  # noqa: F401

from benchmarks.mutants.mutant import Mutant, mutants_of
from benchmarks.mutants.recording import Record, Recorder

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "cloudflare_budgets"
PACKAGE = LAYER / "cloudflare_budgets"
PROTOCOL = (
    "check/delivery.py",
    "adapters/aws/alert_table/alert_items.py",
    "adapters/aws/alert_table/outbox.py",
)
OUTPUT = ROOT / ".local" / "mutants"
OUTBOX = ("outbox", "outbox_table", "outbox_faults", "fake_outbox_matches_the_table")
SUBJECTS = ("check", "domain", "messages")
TESTS = (
    *(f"tests/unit/{subject}" for subject in SUBJECTS),
    *(f"tests/integration/dynamodb/test_{name}.py" for name in OUTBOX),
    *("-m", "not (simulation or fuzz or crashes or model)"),
)
_QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
WORKERS, SEED, SAMPLE = 2, 20261122, "1000"
FIRST = 12  # tests that detect nearly every mutant; the others are collected only if these pass
TIME_TO_RECORD = 1800  # seconds
AT_LEAST = 90  # percent


def main() -> int:
    """Print the number of detected mutants per module; return 1 if too few were detected."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    modules = {
        str(path): ".".join(path.relative_to(LAYER).with_suffix("").parts)
        for path in [*sorted((PACKAGE / "domain").rglob("*.py")), *(PACKAGE / name for name in PROTOCOL)]
    }
    print("Recording which test calls which function.", flush=True)
    record = _record(modules)
    if record is None:
        print("The tests fail without a mutant.")
        return 1
    mutants = _sample([mutant for path, name in modules.items() for mutant in mutants_of(name, Path(path))])
    survivors, begun = [], time.monotonic()
    for tried, (mutant, is_detected) in enumerate(_trials(mutants, record), 1):
        if not is_detected:
            survivors.append(mutant)
        if tried % 100 == 0:
            print(f"{tried} of {len(mutants)} run, {len(survivors)} undetected", flush=True)
    survivors.sort(key=lambda each: (each.module, each.line, each.operator))
    (OUTPUT / "survivors.txt").write_text("".join(map(str, survivors)))
    return _report(mutants, survivors, time.monotonic() - begun)


def _record(modules: dict[str, str]) -> Record | None:
    file = OUTPUT / "record.json"
    pid = _fork(lambda: pytest.main([*_QUIET, *TESTS], plugins=[Recorder(modules, file)]), TIME_TO_RECORD)
    _, status = os.waitpid(pid, 0)
    return None if status else Record(**json.loads(file.read_text()))


def _sample(mutants: list[Mutant]) -> list[Mutant]:
    wanted = [mutant for mutant in mutants if os.environ.get("MUTANTS_OF", "") in mutant.module]
    number = os.environ.get("MUTANTS", SAMPLE)
    random.Random(SEED).shuffle(wanted)  # noqa: S311 - not a secret
    return wanted if number == "all" else wanted[: int(number)]


def _trials(mutants: Sequence[Mutant], record: Record) -> Iterator[tuple[Mutant, bool]]:
    running: dict[int, Mutant] = {}

    def finished() -> tuple[Mutant, bool]:
        pid, status = os.wait()
        return running.pop(pid), status != 0

    for mutant in mutants:
        tests = record.tests_for(mutant.module, mutant.function)
        if not tests:
            yield mutant, False
            continue
        if len(running) == WORKERS:
            yield finished()
        running[_start(mutant, tests, record.limit_for(tests))] = mutant
    while running:
        yield finished()


def _start(mutant: Mutant, tests: list[str], seconds: int) -> int:
    def run() -> int:
        mutant.install()
        some = [part for part in (tests[:FIRST], tests[FIRST:]) if part]
        return int(any(pytest.main([*_QUIET, "-x", *part]) for part in some))

    return _fork(run, seconds)


def _fork(work: Callable[[], int], seconds: int) -> int:
    """Run `work` in a fork and return its process ID; its exit status is 0 if `work` returns 0.

    The process is killed after `seconds` of processor time, or five times as long if it waits.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # these signals end the process
        signal.alarm(5 * seconds)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        code = work()
    finally:
        os._exit(code)


def _report(mutants: Sequence[Mutant], survivors: Sequence[Mutant], seconds: float) -> int:
    made = Counter(mutant.module for mutant in mutants)
    survived = Counter(mutant.module for mutant in survivors)
    print(f"{'module':58} detected undetected")
    for module in sorted(made):
        print(f"{module:58} {made[module] - survived[module]:8} {survived[module]:10}")
    detected = len(mutants) - len(survivors)
    percent = 100 * detected / len(mutants)
    print(f"{detected} of {len(mutants)} mutants detected, {percent:.1f} %, in {seconds / 60:.0f} minutes.")
    print(f"The others: {(OUTPUT / 'survivors.txt').relative_to(ROOT)}")
    return int(percent < AT_LEAST)


if __name__ == "__main__":
    sys.exit(main())
