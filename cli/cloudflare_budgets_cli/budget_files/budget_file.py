"""Budgets in a file or folder: budgets by name, accounts, prices and findings."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.budgets.fields import PARSERS
from cloudflare_budgets.domain.primitives.json_input import FieldError, UnknownKeyError, shown
from cloudflare_budgets_cli.budget_files.source import (
    FieldPath,
    Finding,
    Source,
    UnreadableSourceError,
    read_source,
)

SUFFIXES = (".yaml", ".yml", ".json")
_KEYS = ("$schema", "accounts", "budgets", "defaults", "prices")
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class BudgetFiles:
    """The contents of files: budget documents by name, account ids by alias, prices, as JSON.

    `findings` are sorted by place; with any, the rest is incomplete.
    """

    documents: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    prices: str | None = None
    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()


def read_budget_files(paths: Sequence[Path]) -> BudgetFiles:
    """Read files, and every YAML and JSON file below folders."""
    reader = _Reader()
    for path in paths:
        for file in _files(path):
            reader.read(file)
    return reader.result()


def _files(path: Path) -> Iterable[Path]:
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())


@dataclass(frozen=True, slots=True)
class _Entry:
    """A budget as it stands in a file: its document without defaults, and its place."""

    name: str
    document: Any
    source: Source
    path: FieldPath
    defaults: Mapping[str, Any]


class _Reader:
    def __init__(self) -> None:
        self._sources: list[str] = []
        self._entries: dict[str, _Entry] = {}
        self._accounts: dict[str, str] = {}
        self._prices: str | None = None
        self._findings: list[Finding] = []

    def read(self, file: Path) -> None:
        self._sources.append(str(file))
        try:
            source = read_source(file)
        except UnreadableSourceError as error:
            self._findings.append(error.finding)
            return
        if not isinstance(source.value, dict):
            self._refuse(source, (), f"found {shown(source.value)}, expected the keys {', '.join(_KEYS)}")
        elif "limit" in source.value:  # one budget, named by its file
            self._add(_Entry(file.stem, source.value, source, (), {}))
        else:
            self._read_keys(source, source.value)

    def result(self) -> BudgetFiles:
        documents = {}
        for entry in self._entries.values():
            text = json_text(self._complete(entry))
            documents[entry.name] = text
            match parse_budget(entry.name, text):
                case InvalidBudget(errors=errors):
                    self._findings += [_finding(entry, error) for error in errors]
        files = tuple(self._sources)
        return BudgetFiles(documents, self._accounts, self._prices, tuple(sorted(self._findings)), files)

    def _read_keys(self, source: Source, document: Mapping[str, Any]) -> None:
        for key in document.keys() - set(_KEYS):
            [error] = UnknownKeyError("", key, _KEYS).errors
            self._refuse(source, (key,), str(error), at_key=True)
        budgets, defaults = (self._mapping(source, key) for key in ("budgets", "defaults"))
        for alias, account_id in self._mapping(source, "accounts").items():
            if not isinstance(account_id, str) or not is_account_id(account_id):
                expected = "expected the account's id, 32 hex digits in lower case"
                self._refuse(source, ("accounts", alias), f"found {shown(account_id)}, {expected}")
            else:
                self._accounts[alias] = account_id
        if prices := self._mapping(source, "prices"):
            self._read_prices(source, prices)
        for name, budget in budgets.items():
            self._add(_Entry(name, budget, source, ("budgets", name), defaults))

    def _mapping(self, source: Source, key: str) -> Mapping[str, Any]:
        found = source.value.get(key)
        if found is None or isinstance(found, dict):
            return found or {}
        self._refuse(
            source, (key,), f"{key}: found {shown(found)}, expected an object with names as its keys"
        )
        return {}

    def _read_prices(self, source: Source, prices: Mapping[str, Any]) -> None:
        from cloudflare_budgets.domain.pricing.price_overrides import parse_prices

        self._prices = json_text(prices)
        for error in parse_prices(self._prices, shipped_prices()).refusals:
            path = ("prices", *_path_of(error.field))
            self._refuse(source, path, str(error), at_key=error.found == "an unknown key")

    def _add(self, entry: _Entry) -> None:
        if entry.name in self._entries:
            first = self._entries[entry.name].source.file
            message = f"the budget {entry.name} is in {first} too: give each budget a name of its own"
            self._refuse(entry.source, entry.path, message, at_key=True)
        elif not isinstance(entry.document, dict):
            found = f'found {shown(entry.document)}, expected an object such as {{"limit": "50 USD"}}'
            self._refuse(entry.source, entry.path, f"{entry.name}: {found}")
        else:
            self._entries[entry.name] = entry

    def _complete(self, entry: _Entry) -> Mapping[str, Any]:
        """Return a budget's document with its file's defaults and the id of an account's alias."""
        found = {**entry.defaults, **entry.document}
        alias = found.get("account_id")
        if isinstance(alias, str) and alias in self._accounts:
            found["account_id"] = self._accounts[alias]
        return found

    def _refuse(self, source: Source, path: FieldPath, message: str, *, at_key: bool = False) -> None:
        self._findings.append(source.finding(path, message, at_key=at_key))


def _finding(entry: _Entry, error: FieldError) -> Finding:
    message = f"{entry.name}: {error}"
    path = _path_of(error.field)
    if error.field == "name":
        return entry.source.finding(entry.path, message, at_key=True)
    if path and path[0] in entry.defaults and path[0] not in entry.document:
        return entry.source.finding(("defaults", *path), message)
    is_unknown = error.found == "an unknown key" or (len(path) == 1 and path[0] not in PARSERS)
    return entry.source.finding((*entry.path, *path), message, at_key=is_unknown)


def _path_of(text: str) -> FieldPath:
    """Parse the field of an error: `thresholds[0]`, `scope.metric_id`."""
    if text == "the document":
        return ()
    return tuple(int(index) if index else name for name, index in _PART.findall(text))


def json_text(value: object) -> str:
    """Serialize a document as JSON with every digit of its numbers."""
    return "".join(_json(value))


def _json(value: object) -> Iterator[str]:
    match value:
        case dict():
            members = (f"{json.dumps(key)}: {json_text(each)}" for key, each in value.items())
            yield f"{{{', '.join(members)}}}"
        case list():
            yield f"[{', '.join(map(json_text, value))}]"
        case Decimal():
            yield str(value)
        case _:
            yield json.dumps(value, ensure_ascii=False)
