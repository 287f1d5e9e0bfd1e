"""Evaluates the part of the query language of CloudWatch Logs Insights that the stack uses.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Record = dict[str, Any]
Expression = Callable[[Mapping[str, Any]], Any]
_TOKEN = re.compile(
    r"\s*(?:[\"'](?P<text>[^\"']*)[\"']|/(?P<regex>(?:\\.|[^/\\])+)/|(?P<word>[@\w][\w.@]*)|(?P<sign>[=,()\[\]|]))"
)


def record(at: str, message: str, log: str) -> Record:
    """Return the fields of a log event: those of its JSON, joined by dots, and those that begin with `@`."""
    found = _flat(json.loads(message)) if message.startswith("{") else {}
    return {**found, "@timestamp": at, "@message": message, "@log": log}


def _flat(found: Mapping[str, Any], prefix: str = "") -> Record:
    flat: Record = {}
    for name, value in found.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


class Query:
    """A query; `shown` are the fields of its answer. An unsupported part raises an `AssertionError`."""

    def __init__(self, query: str) -> None:
        text = "\n".join(line for line in query.splitlines() if not line.lstrip().startswith("#")).rstrip()
        self._tokens: list[tuple[str | None, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found, f"{text[at : at + 20]!r} is not supported"
            self._tokens.append((found.lastgroup, found[found.lastgroup or 0]))
            at = found.end()
        self.shown: list[str] = []

    def run(self, events: Iterable[Record]) -> list[Record]:
        """Return the shown fields of the events that are found; a field without a value is left out."""
        rows = list(events)
        while self._tokens:
            rows = self._command(self._take(), rows)
            assert not self._tokens or self._has("|"), f"{self._tokens[0][1]} is not supported"
        return [{name: row[name] for name in self.shown if row.get(name) is not None} for row in rows]

    def _command(self, name: str, rows: list[Record]) -> list[Record]:
        if name == "SOURCE":
            log = self._take()
            return [row for row in rows if row["@log"] == log]
        if name == "filter":
            condition = self._condition()
            return [row for row in rows if condition(row)]
        if name == "limit":
            return rows[: int(self._take())]
        if name == "sort":
            field, is_falling = self._take(), self._has("desc")
            placed = [row for row in rows if row.get(field) is not None]
            rest = [row for row in rows if row.get(field) is None]
            return [*sorted(placed, key=lambda row: row[field], reverse=is_falling), *rest]
        assert name in {"fields", "stats"}, f"{name} is not supported"
        columns = dict(self._columns())
        by = [field for field, _ in self._columns()] if name == "stats" and self._has("by") else []
        self.shown = [*by, *columns]
        if name == "fields":
            return [{**row, **{field: found(row) for field, found in columns.items()}} for row in rows]
        groups: dict[tuple[Any, ...], Record] = {}
        for row in sorted(rows, key=lambda row: row["@timestamp"]):  # the last event of a group stays
            key = tuple(row.get(field) for field in by)
            values = {field: found(row) for field, found in columns.items()}
            groups[key] = dict(zip(by, key, strict=True)) | values
        return list(groups.values())

    def _take(self) -> str:
        return self._tokens.pop(0)[1]

    def _has(self, text: str) -> bool:
        """Return whether a word or sign is next, and remove it."""
        is_next = bool(self._tokens) and self._tokens[0] in {("word", text), ("sign", text)}
        return is_next and bool(self._take())

    def _columns(self) -> Iterator[tuple[str, Expression]]:
        name, found = self._tokens[0][1], self._value()
        yield (self._take() if self._has("as") else name), found
        if self._has(","):
            yield from self._columns()

    def _condition(self) -> Expression:
        found = self._comparison()
        other = self._condition() if self._has("or") else None
        return found if other is None else lambda row: found(row) or other(row)

    def _comparison(self) -> Expression:
        left = self._value()
        if self._has("like"):
            pattern = re.compile(self._take())
            return lambda row: pattern.search(str(left(row) or "")) is not None
        others = self._list("[", "]") if self._has("in") else [self._value()] if self._has("=") else []
        assert others, f"{self._tokens[:1]} is not supported"
        return lambda row: left(row) in [other(row) for other in others]

    def _list(self, first: str, last: str) -> list[Expression]:
        assert self._has(first), f"{first} is missing"
        found = [each for _, each in self._columns()]
        assert self._has(last), f"{last} is missing"
        return found

    def _value(self) -> Expression:
        kind, text = self._tokens.pop(0)
        if text in {"coalesce", "latest"}:
            parts = self._list("(", ")")
            return lambda row: next((found for part in parts if (found := part(row)) is not None), None)
        return (lambda _row: text) if kind == "text" else (lambda row: row.get(text))
