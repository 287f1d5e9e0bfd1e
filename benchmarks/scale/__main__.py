"""Prints how many accounts are checked in which time, and what that costs: `make scale`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.scale.deployed import FUNCTIONS, run
from benchmarks.scale.in_process import TOKENS, check_of, hour, many_of
from local.aws import build

# Accounts and tokens. One token answers 1,000 first checks in about twelve minutes, by its limit of requests.
SIZES = ((10, 1), (100, 1), (1000, 4), (1000, 1))
SECONDS = 30 * 60  # for each size at most
MANY = 10_000


def main() -> None:
    """Measure both, or only what is simulated with `--in-process`."""
    if "--in-process" not in sys.argv:
        deployed()
    simulated()


def deployed() -> None:
    """Print a line for each size."""
    print("On the local AWS, from the plan to the last mail (local functions share this machine)")
    functions = "".join(f"{name:>9}" for name in FUNCTIONS)
    print(
        "accounts tokens    time requests refused alerts  lost copies audit " + functions + " MB  USD a month"
    )
    with tempfile.TemporaryDirectory() as folder:
        template = build(Path(folder, "artifact"))
        for accounts, tokens in SIZES:
            found = run(template, accounts, tokens, SECONDS)
            memory = "".join(f"{found.memory[name]:9}" for name in FUNCTIONS)
            audit = "complete" if found.is_complete else "fails"
            print(
                f"{accounts:8,} {tokens:6} {found.seconds:6.0f}s {found.requests:8,} {found.refused:7,} "
                f"{found.alerts:6,} {accounts - found.alerts:5,} {found.copies:6,} {audit:8}"
                f"{memory}     {found.usd_a_month:10.4f}",
                flush=True,
            )


def simulated() -> None:
    """Print the hours of ten thousand accounts with simulated time."""
    many = many_of(MANY)
    print(f"\nIn one process: {MANY:,} accounts of {TOKENS} tokens, simulated time, 0.3 s for each request")
    print("hour  checked  last check  requests  refused  alerts  lost  copies  planner MB  audit MB")
    for number in (1, 2):
        found = hour(many)
        print(
            f"{number:4} {found.accounts:8,} {found.minutes:8.1f} min {found.requests:9,} {found.refused:8,} "
            f"{found.alerts:7,} {found.expected - found.alerts:5,} {found.copies:7,} "
            f"{found.planner_mb:11.1f} {found.audit_mb:9.1f}"
        )
    check = check_of(many)
    print(
        f"\nA check: {check.seconds:.1f} s of a worker, {check.bytes_read:,} bytes read, "
        f"{check.bytes_written:,} written: {check.usd_a_month:.4f} USD per account and month, "
        "list prices (benchmarks/scale/cost.py)"
    )


if __name__ == "__main__":
    main()
