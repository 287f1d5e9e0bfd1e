from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from local.cloudflare.server import LocalCloudflare

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloudflare() -> Iterator[LocalCloudflare]:
    """A Cloudflare at ten in the morning of a Sunday late in the month, with the demo's accounts."""
    with LocalCloudflare(now=datetime(2026, 11, 22, 10, tzinfo=UTC)) as running:
        yield running
