"""Prints headings, remarks, steps with their times, and frames."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

WIDTH = 78


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}\n", flush=True)


def say(text: str) -> None:
    """Print an indented line."""
    print(f"   {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print a step, and its duration once it has ended."""
    started = time.monotonic()
    print(f"-> {text} ".ljust(WIDTH - 8, "."), end=" ", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:5.1f} s", flush=True)


def frame(lines: Iterable[str]) -> None:
    """Print lines with a rule above, below and at their left."""
    rule = f"   +{'-' * (WIDTH - 4)}"
    print("\n".join([rule, *(f"   | {line}".rstrip() for line in lines), rule]), flush=True)
