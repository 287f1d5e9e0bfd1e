"""Make mutants of the domain and of the alert protocol, and count those that some test notices.

`MUTANTS` is how many, drawn by chance but always the same ones, or `all`; `MUTANTS_OF` is a part of a
module's name to stay with. The survivors stand in `.local/mutants/survivors.txt`.
"""

import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

from benchmarks.mutants.making import Mutant, mutants_of
from benchmarks.mutants.recording import Record, Recorder, read_record
from benchmarks.mutants.trial import forked, run_tests, survives

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "cloudflare_budgets"
PACKAGE = LAYER / "cloudflare_budgets"
PROTOCOL = (
    "check/delivery.py",
    "adapters/aws/alert_items.py",
    "adapters/aws/outbox.py",
)
OUTPUT = ROOT / ".local" / "mutants"
# The memory of alerts has tests with a DynamoDB behind; the rest is held by the unit tests alone.
TESTS = (
    "tests/unit",
    "tests/integration/test_outbox.py",
    "tests/integration/test_outbox_table.py",
    "tests/integration/test_outbox_faults.py",
    "tests/integration/test_fake_outbox_matches_the_table.py",
)
# Long, and about other things: what is local, and what comes over the wire.
NOT_THESE = ("local", "usage", "simulated", "fuzz_events", "page", "json_stream")
WORKERS = 2
SEED = 20261122
SAMPLE = "1000"
TIME_TO_RECORD = 1800  # seconds
AT_LEAST = 90  # percent


def main() -> int:
    """Try the mutants, and say how many were noticed."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    modules = {str(path): _name(path) for path in _paths()}
    print("Recording which test runs which function.", flush=True)
    record = _recorded(modules)
    if record is None:
        print("The tests fail as the code is; there is nothing to try.")
        return 1
    mutants = _sample([mutant for path, name in modules.items() for mutant in mutants_of(name, Path(path))])
    begun = time.monotonic()
    survivors = []
    for tried, (mutant, is_noticed) in enumerate(_trials(mutants, record), 1):
        if not is_noticed:
            survivors.append(mutant)
        if tried % 100 == 0:
            print(f"{tried} of {len(mutants)} tried, {len(survivors)} survive", flush=True)
    _write(survivors)
    return _tell(mutants, survivors, time.monotonic() - begun)


def _paths() -> list[Path]:
    return [*sorted((PACKAGE / "domain").rglob("*.py")), *(PACKAGE / name for name in PROTOCOL)]


def _name(path: Path) -> str:
    return ".".join(path.relative_to(LAYER).with_suffix("").parts)


def _recorded(modules: dict[str, str]) -> Record | None:
    file = OUTPUT / "record.json"
    ignored = [f"--ignore-glob=tests/unit/test_{subject}*" for subject in NOT_THESE]
    pid = forked(lambda: run_tests([*TESTS, *ignored], Recorder(modules, file)), TIME_TO_RECORD)
    _, status = os.waitpid(pid, 0)
    return None if status else read_record(file)


def _sample(mutants: list[Mutant]) -> list[Mutant]:
    wanted = [mutant for mutant in mutants if os.environ.get("MUTANTS_OF", "") in mutant.module]
    number = os.environ.get("MUTANTS", SAMPLE)
    random.Random(SEED).shuffle(wanted)  # noqa: S311 - nothing secret
    return wanted if number == "all" else wanted[: int(number)]


def _trials(mutants: list[Mutant], record: Record) -> Iterator[tuple[Mutant, bool]]:
    waiting = deque(mutants)
    running: dict[int, Mutant] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            mutant = waiting.popleft()
            tests = record.tests_for(mutant.module, mutant.function)
            if tests:
                running[_started(mutant, tests, record.time_for(tests))] = mutant
            else:
                yield mutant, False  # nobody even runs it
        if running:
            pid, status = os.wait()
            yield running.pop(pid), status != 0


def _started(mutant: Mutant, tests: list[str], seconds: int) -> int:
    return forked(lambda: survives(mutant, tests), seconds)


def _write(survivors: list[Mutant]) -> None:
    survivors.sort(key=lambda each: (each.module, each.line, each.operator))
    (OUTPUT / "survivors.txt").write_text(
        "".join(
            f"{each.module}:{each.line} {each.operator.removeprefix('core/')}\n    {each.changed()}\n"
            for each in survivors
        )
    )


def _tell(mutants: list[Mutant], survivors: list[Mutant], seconds: float) -> int:
    made = Counter(mutant.module for mutant in mutants)
    survived = Counter(mutant.module for mutant in survivors)
    print(f"{'module':58} killed survived")
    for module in sorted(made):
        print(f"{module:58} {made[module] - survived[module]:6} {survived[module]:8}")
    killed = len(mutants) - len(survivors)
    percent = 100 * killed / len(mutants)
    print(f"{killed} of {len(mutants)} mutants were noticed, {percent:.1f} %, in {seconds / 60:.0f} minutes.")
    print(f"Those that were not: {(OUTPUT / 'survivors.txt').relative_to(ROOT)}")
    return int(percent < AT_LEAST)


if __name__ == "__main__":
    sys.exit(main())
