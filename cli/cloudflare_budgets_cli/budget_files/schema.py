"""The JSON Schema of a budget file, bundled from the schemas of a budget and of prices."""

import json
from importlib import resources
from typing import Any

SCHEMA_ID = "urn:cloudflare-budgets:schema:budget-file:1"
_ACCOUNT = "The account to watch: its id, or its alias in `accounts`."


def budget_file_schema() -> dict[str, Any]:
    """Return the schema of a file with `accounts`, `budgets`, `defaults` and `prices`."""
    budget, prices = _shipped("budget"), _shipped("prices")
    patterns = budget.pop("$defs")
    budget["properties"]["account_id"] = {"description": _ACCOUNT, "type": ["string", "null"]}
    defaults = {key: value for key, value in budget.items() if key != "required"}
    prices_defs = prices.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Budgets of Cloudflare Budgets",
        "description": "A file for cloudflare-budgets validate, check, plan and apply.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "$schema": {"description": "The address of this schema, for editors.", "type": "string"},
            "accounts": {
                "description": "Account ids by alias.",
                "type": "object",
                "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
            },
            "defaults": {**defaults, "description": "Fields of every budget that does not have them itself."},
            "budgets": {
                "description": "Budgets by name.",
                "type": "object",
                "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
                "additionalProperties": {"$ref": "#/$defs/budget"},
            },
            "prices": prices,
        },
        "$defs": {"budget": budget, **patterns, **prices_defs},
    }


def _shipped(name: str) -> dict[str, Any]:
    file = resources.files("cloudflare_budgets") / "schemas" / f"{name}.schema.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {key: value for key, value in found.items() if key not in ("$schema", "$id")}
