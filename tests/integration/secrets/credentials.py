"""Credentials, and runs from which they might leave."""

from __future__ import annotations

import json

from tests.support.canaries import API_KEY, API_TOKEN, KEY_OWNER

CREDENTIALS = {"token": API_TOKEN, "key": json.dumps({"email": KEY_OWNER, "api_key": API_KEY})}
