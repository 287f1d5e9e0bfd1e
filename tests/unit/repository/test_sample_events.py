"""The events in `events/` are what the function takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudflare_budgets.domain.run.request import Request, parse_request

EVENTS = Path(__file__).resolve().parents[3] / "events"
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sample", "request_made"),
    [
        ("check.json", Request(NOW)),
        ("dry-run.json", Request(TEN, dry_run=True)),
        ("one-account.json", Request(NOW, account_id="023e105f4ecef8ad9ca31a8372d0c353")),
        ("scheduled-event.json", Request(TEN)),
    ],
)
def test_a_sample_event_requests_what_it_shows(sample: str, request_made: Request) -> None:
    assert parse_request(json.loads((EVENTS / sample).read_text()), NOW) == request_made


def test_every_sample_event_is_tested() -> None:
    assert {file.name for file in EVENTS.iterdir()} == {
        "check.json",
        "dry-run.json",
        "one-account.json",
        "scheduled-event.json",
    }
