"""What the demo prints: steps with their times, and messages as their readers see them."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from local.aws import Delivery

_WIDTH = 78
_LONGEST = 100
_ALL = 100  # percent


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}\n", flush=True)


def say(text: str) -> None:
    """Print a remark that belongs to the step before it."""
    print(f"   {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print what is being done, and how long it took once it is done."""
    started = time.monotonic()
    print(f"-> {text} ".ljust(_WIDTH - 8, "."), end=" ", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:5.1f} s", flush=True)


def emails(deliveries: Iterable[Delivery], address: str) -> None:
    """Print the first mail of each kind as its reader sees it, and of others of the kind the subjects."""
    shown: set[tuple[str, str]] = set()
    others: list[str] = []
    for delivery in deliveries:
        kind = (delivery.attributes["type"], delivery.alert.get("threshold", {}).get("basis", ""))
        if kind in shown:
            others.append(delivery.subject)
            continue
        shown.add(kind)
        head = ("From:    Cloudflare Budgets <no-reply@sns.amazonaws.com>", f"To:      {address}")
        _frame([*head, f"Subject: {delivery.subject}", "", *map(_cut, delivery.body.splitlines())])
    for subject in others:
        say(f"And: {subject}")


def machine(delivery: Delivery) -> None:
    """Print a delivery as a program reads it: the attributes to filter by, and the alert as JSON."""
    filters = {name: value for name, value in delivery.attributes.items() if name != "alert"}
    _frame([f"{name} = {value}" for name, value in sorted(filters.items())])
    _frame(["{", *_members(delivery.alert), "}"])


def budgets(reply: Mapping[str, Any]) -> None:
    """Print one line for each budget of the function's reply, and one for each problem."""
    for account in reply["accounts"]:
        for budget in account["budgets"]:
            say(f"{budget['name']:<10} {_status(budget):<18} {_standing(budget)}")
        for problem in account["problems"]:
            say(f"{'problem':<10} {problem['kind']:<18} {problem['message']}")


def _status(budget: Mapping[str, Any]) -> str:
    # A threshold on a forecast never makes a breach, and "ok" alone would contradict its mail.
    is_over = budget["forecast"] and Decimal(budget["forecast"]["percent_of_limit"]) >= _ALL
    return f"{budget['status']}, forecast over" if is_over and budget["status"] == "ok" else budget["status"]


def _standing(budget: Mapping[str, Any]) -> str:
    if budget["percent"] is None:
        return str(budget["reason"])
    forecast = budget["forecast"]
    later = f", forecast {forecast['percent_of_limit']}%" if forecast else ""
    metric = budget["allowance_of"]
    of_limit = f"the allowance of {metric}" if metric else budget["limit"]
    return f"{budget['percent']}% of {of_limit}{later}"


def _members(alert: Mapping[str, Any]) -> Iterator[str]:
    # One line for a member, and one for each item of a list: whole, and yet to be taken in at a glance.
    for number, (name, value) in enumerate(alert.items(), start=1):
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            items = (f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
            text = "[\n" + ",\n".join(items) + "\n  ]"
        yield from f'  "{name}": {text}{"," if number < len(alert) else ""}'.splitlines()


def _cut(line: str) -> str:
    # Such as a signed link, of hundreds of characters.
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _frame(lines: Sequence[str]) -> None:
    print(f"   +{'-' * (_WIDTH - 4)}")
    for line in lines:
        print(f"   | {line}".rstrip())
    print(f"   +{'-' * (_WIDTH - 4)}", flush=True)
