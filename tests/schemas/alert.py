"""The published schema of alerts, against which every alert that a test produces is held."""

import json
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

import cloudflare_budgets

SCHEMA = json.loads((Path(cloudflare_budgets.__file__).parent / "schemas/alert.schema.json").read_text())


def _resolved(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Replace references by the schemas that they name: jsonschema resolves references anew each time.

    A reference beside other keywords stays, because those may judge what it leaves unevaluated.
    """
    if isinstance(schema, list):
        return [_resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and schema.keys() <= {"$ref", "description"}:
        place = schema["$ref"].removeprefix("#/").split("/")
        return _resolved(reduce(lambda found, key: found[key], place, SCHEMA))
    return {key: _resolved(value) for key, value in schema.items()}


_DEFINITIONS = _resolved(SCHEMA["$defs"])
# One validator a type: the whole schema would try each type in turn, and name the wrong one's faults.
_VALIDATORS = {
    each["$ref"].rpartition("/")[2]: jsonschema.Draft202012Validator(
        {"$schema": SCHEMA["$schema"], "$defs": _DEFINITIONS, **_resolved(each)}
    )
    for each in SCHEMA["oneOf"]
}


def checked(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the alert back, as JSON carries it, if it is what the schema promises."""
    document: Mapping[str, Any] = json.loads(json.dumps(alert))
    validator = _VALIDATORS.get("truncated" if "truncated" in document else document.get("type", ""))
    assert validator, f"the schema has no type {document.get('type')!r}"
    error = best_match(validator.iter_errors(document))
    assert error is None, f"{error.json_path}: {error.message}"
    return document
