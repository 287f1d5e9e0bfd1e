"""The custom notification of Amazon Q Developer in chat applications, as AWS documents it.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html has the fields, which of them
are required and their values. It has no lengths; those here are what one message of Slack's takes.
"""

from collections.abc import Mapping
from typing import Any

import jsonschema

_TEXTS = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1, "maxLength": 300}}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "source", "content"],
    "properties": {
        "version": {"const": "1.0"},
        "source": {"const": "custom"},
        "id": {"type": "string", "minLength": 1},
        "content": {
            "type": "object",
            "additionalProperties": False,
            "required": ["description"],
            "properties": {
                "textType": {"const": "client-markdown"},
                "title": {"type": "string", "minLength": 1, "maxLength": 200},
                "description": {"type": "string", "minLength": 1, "maxLength": 3000},
                "nextSteps": {**_TEXTS, "maxItems": 5},
                "keywords": _TEXTS,
            },
        },
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "threadId": {"type": "string", "minLength": 1},
                "summary": {"type": "string", "minLength": 1},
                "eventType": {"type": "string", "pattern": "^[a-zA-Z0-9-]{1,100}$"},
                "relatedResources": _TEXTS,
                "additionalContext": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "minLength": 1},
                },
            },
        },
    },
}
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def checked_notification(notification: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a custom notification back, if the chat takes it."""
    _VALIDATOR.validate(notification)
    return notification
