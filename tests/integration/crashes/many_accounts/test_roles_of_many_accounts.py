"""Each role for many accounts allows what its function calls, and nothing else: recorded from whole hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.aws.granted import granted, recorded
from tests.integration.crashes.many_accounts.hours import Hours, hours_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.integration.aws.granted import Call
    from tests.integration.aws.mailbox import Mailbox

ROLES = {
    "plan_checks": "PlanChecksRole",
    "check_account": "CheckAccountRole",
    "send_alerts": "SendAlertsRole",
}
