"""Parses YAML and JSON with the line and column of each value, by YAML 1.2's core schema.

JSON is read by the same parser, since nearly all JSON is YAML. Dates, `yes` and `on` are strings, as in JSON.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

FieldPath = tuple[str | int, ...]

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,60}")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_STANDARD = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file; both count from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong, and where."""

    file: str
    position: Position
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.position.line}:{self.position.column}: {self.message}"


class UnreadableSourceError(Exception):
    """The text is not a document; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed document, with the positions of its values and keys by path."""

    file: str
    value: Any
    values: Mapping[FieldPath, Position] = field(default_factory=dict)
    keys: Mapping[FieldPath, Position] = field(default_factory=dict)

    def finding(self, path: FieldPath, message: str, *, at_key: bool = False) -> Finding:
        """Return a finding at a path; what is missing is reported at its mapping."""
        for length in range(len(path), -1, -1):
            found = path[:length]
            places = (self.keys, self.values) if at_key else (self.values, self.keys)
            for places_of in places:
                if found in places_of:
                    return Finding(self.file, places_of[found], message)
        return Finding(self.file, Position(), message)


def read_source(file: Path) -> Source:
    """Read and parse a file.

    Raises:
        UnreadableSourceError: the file cannot be read, or is not YAML or JSON.
    """
    name = str(file)
    try:
        data = file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableSourceError(Finding(name, Position(), f"cannot be read: {reason}")) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        finding = Finding(name, Position(line), "is not UTF-8")
        raise UnreadableSourceError(finding) from None
    if len(data) > MAX_BYTES:
        raise UnreadableSourceError(Finding(name, Position(), f"is larger than {MAX_BYTES:,} bytes"))
    return parse_source(name, text)


def parse_source(name: str, text: str) -> Source:
    """Parse a text.

    Raises:
        UnreadableSourceError: the text is not YAML or JSON.
    """
    if text.lstrip().startswith(("{", "[")):
        text = text.replace("\t", " ")  # YAML allows no tabs where JSON does; columns stay the same
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position()
        reason = error.problem or error.context or "cannot be parsed"
        raise UnreadableSourceError(Finding(name, position, f"is not valid: {reason}")) from None
    except (yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "it has invalid characters"
        raise UnreadableSourceError(Finding(name, Position(), f"is not valid: {reason}")) from None
    builder = _Builder(name)
    value = builder.build(node, ()) if node is not None else None
    return Source(name, value, builder.values, builder.keys)


class _Builder:
    def __init__(self, name: str) -> None:
        self._name = name
        self._open: set[int] = set()
        self._count = 0
        self.values: dict[FieldPath, Position] = {}
        self.keys: dict[FieldPath, Position] = {}

    def build(self, node: yaml.Node, path: FieldPath) -> Any:  # noqa: ANN401 - any document
        self._count += 1
        if self._count > MAX_NODES or id(node) in self._open:
            raise self._refused(node, "is not valid: its aliases expand to too much")
        self.values[path] = _position(node)
        if not node.tag.startswith(_STANDARD):
            raise self._refused(node, f"is not valid: the tag {node.tag} is not supported")
        self._open.add(id(node))
        try:
            return self._built(node, path)
        finally:
            self._open.discard(id(node))

    def _built(self, node: yaml.Node, path: FieldPath) -> Any:  # noqa: ANN401 - any document
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, place)) for place, item in enumerate(node.value)]
        is_plain = isinstance(node, yaml.ScalarNode) and not node.style
        return _plain(node.value) if is_plain else node.value

    def _mapping(self, node: yaml.MappingNode, path: FieldPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._refused(key, "is not valid: a key must be a string")
            if key.value in found:
                raise self._refused(key, f'is not valid: the key "{key.value[:80]}" occurs twice')
            self.keys[*path, key.value] = _position(key)
            found[key.value] = self.build(value, (*path, key.value))
        return found

    def _refused(self, node: yaml.Node, message: str) -> UnreadableSourceError:
        return UnreadableSourceError(Finding(self._name, _position(node), message))


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _plain(text: str) -> str | bool | int | Decimal | None:
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text
