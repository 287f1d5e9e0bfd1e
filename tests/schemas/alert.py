"""The published schema of alerts, against which every alert that a test produces is held."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

import cloudflare_budgets

SCHEMA = json.loads((Path(cloudflare_budgets.__file__).parent / "schemas/alert.schema.json").read_text())
# One validator a type: the whole schema would try each type in turn, and name the wrong one's faults.
_VALIDATORS = {
    each["$ref"].rpartition("/")[2]: jsonschema.Draft202012Validator(
        {"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], **each}
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
