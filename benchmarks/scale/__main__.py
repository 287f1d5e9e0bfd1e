"""Prints how many accounts are checked in which time, and what that costs: `make scale`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scale.deployed import run
from benchmarks.scale.in_process import TOKENS, check_of, hour, many_of
from local.aws import build

SIZES = (10, 100, 1000)
SECONDS = 8 * 60  # for all sizes on the local AWS together
MANY = 10_000


def main() -> None:
    """Measure both, or only what is simulated with `--in-process`."""
    if "--in-process" not in sys.argv:
        deployed()
    simulated()


def deployed() -> None:
    """Print a line for each size, as far as the time suffices."""
    print("On the local AWS: one token, from the plan to the last mail (local functions share this machine)")
    print("accounts     time  requests  alerts  lost  copies  largest function")
    with tempfile.TemporaryDirectory() as folder:
        template, deadline = build(Path(folder, "artifact")), time.monotonic() + SECONDS
        for size in SIZES:
            left = deadline - time.monotonic()
            if left <= 0:
                print(f"{size:8,}  not measured: {SECONDS // 60} minutes were over")
                continue
            found = run(template, size, left)
            late = found.accounts - found.alerts
            note = f"  {late:,} not checked yet after {left:.0f} s" if late else ""
            lost = "-" if late else "0"
            print(
                f"{size:8,} {found.seconds:7.0f}s {found.requests:9,} {found.alerts:7,} {lost:>5} "
                f"{found.copies:7,} {found.memory:14} MB{note}"
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
