"""Removes operations that the functions do not call from botocore's data, to load it faster.

Usage: python3 trim_botocore.py FOLDER_OF_BOTOCORE_DATA FOLDER_OF_SOURCES...

An operation is kept if its name in Python, such as `get_parameter`, occurs in the sources.
"""

import gzip
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# botocore itself calls these: to find the region of a bucket, and for buckets of one availability zone.
_CALLED_BY_BOTOCORE = frozenset({"HeadBucket", "CreateSession"})
_WORD = re.compile(r"[a-z][a-z0-9_]+")
# The rule of botocore.xform_name, for names without abbreviations in capitals.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def main(data: Path, sources: Iterable[Path]) -> None:
    """Trim the description of each service, and the endpoints of all other services."""
    words = {
        word
        for folder in sources
        for file in folder.rglob("*.py")
        for word in _WORD.findall(file.read_text())
    }
    services = [folder.name for folder in data.iterdir() if folder.is_dir()]
    for path in data.glob("*/*/service-2.json.gz"):
        model = _trimmed(json.loads(gzip.decompress(path.read_bytes())), words)
        path.write_bytes(gzip.compress(_text(model), mtime=0))
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        found = partition["services"]
        partition["services"] = {name: found[name] for name in sorted(services) if name in found}
    (data / "endpoints.json").write_bytes(_text(endpoints))


def _trimmed(model: dict[str, Any], words: set[str]) -> dict[str, Any]:
    operations = {
        name: operation
        for name, operation in model["operations"].items()
        if _HUMP.sub("_", name).lower() in words
        or name in _CALLED_BY_BOTOCORE
        or operation.get("endpointoperation")
    }
    needed: set[str] = set()
    waiting = _shapes_in(operations)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting |= _shapes_in(model["shapes"][name])
    shapes = {name: shape for name, shape in model["shapes"].items() if name in needed}
    return {**model, "operations": operations, "shapes": shapes}


def _shapes_in(value: object) -> set[str]:
    if isinstance(value, list):
        return {name for each in value for name in _shapes_in(each)}
    if not isinstance(value, dict):
        return set()
    own = {value["shape"]} if isinstance(value.get("shape"), str) else set()
    return own.union(*(_shapes_in(each) for each in value.values()))


def _text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
