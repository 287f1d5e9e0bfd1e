"""The digest names who acknowledged the newest alert about a budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert
from cloudflare_budgets.errors import StateUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF
from tests.support.fakes import Faulty
from tests.support.world import World
from tests.unit.messages.alerts.digest.digests import digest

HOUR = timedelta(hours=1)
ENTRY = Acknowledgement("ann", AS_OF - HOUR, "known: the import")
ALERT = SentAlert(
    AlertKey("ACCT#a#-#2026-11-01T00:00:00Z", "ALERT#spend#net_cost:25:USD:month#80%"),
    AS_OF - 2 * HOUR,
    "spend passed 80 %",
    budget="spend",
    acknowledged=ENTRY,
)
SAID = ", acknowledged by ann (known: the import)"


@dataclass
class FakeAlertLog(Faulty):
    """The sent alerts of an account, as given."""

    found: Mapping[str, Sequence[SentAlert]] = field(default_factory=dict)

    def sent(self, account_id: str | None, since: datetime) -> Sequence[SentAlert]:
        self.may_fail("sent")
        return [each for each in self.found.get(account_id or "", ()) if each.sent_at >= since]

    def message(self, key: AlertKey) -> OutgoingAlert | None:
        raise NotImplementedError

    def acknowledge(self, key: AlertKey, acknowledgement: Acknowledgement) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _budget(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "25 USD"}'}


def body(world: World, *alerts: SentAlert) -> str:
    world.alert_log = FakeAlertLog(found={ACCOUNT_ID: alerts})
    return digest(world).body


def test_the_digest_names_who_acknowledged_an_alert_and_why(world: World) -> None:
    assert SAID in body(world, ALERT)


def test_the_json_of_the_digest_names_them_too(world: World) -> None:
    world.alert_log = FakeAlertLog(found={ACCOUNT_ID: [ALERT]})
    message = digest(world)
    [account] = message.alert["accounts"]
    assert account["acknowledged"] == [
        {
            "budget": "spend",
            "by": "ann",
            "at": f"{AS_OF - HOUR:%Y-%m-%dT%H:%M:%SZ}",
            "note": "known: the import",
        }
    ]


def test_long_notes_leave_room_for_the_budgets_of_the_digest(world: World) -> None:
    names = [f"budget-{number:02}" for number in range(40)]
    world.configuration.given_budgets = dict.fromkeys(names, '{"limit": "5 USD"}')
    entry = replace(ENTRY, by="\u20ac" * 500, note="\u20ac" * 5000)
    alerts = [replace(ALERT, budget=name, acknowledged=entry) for name in names]
    world.alert_log = FakeAlertLog(found={ACCOUNT_ID: alerts})
    message = digest(world)
    [account] = message.alert["accounts"]
    assert [each["budget"] for each in account["acknowledged"]] == names
    assert len(account["budgets"]) == len(names)
    assert len(message.attributes["alert"].encode()) < 150_000


def test_without_acknowledgements_the_json_has_no_such_field(world: World) -> None:
    assert "acknowledged" not in digest(world).alert["accounts"][0]


def test_a_crossing_that_another_alert_included_is_acknowledged_with_it(world: World) -> None:
    assert SAID in body(world, replace(ALERT, budget="other", included=(ALERT.key,)))


def test_a_later_alert_about_the_budget_is_not_acknowledged(world: World) -> None:
    later = replace(ALERT, key=replace(ALERT.key, sort="x"), sent_at=AS_OF - HOUR, acknowledged=None)
    assert "acknowledged" not in body(world, ALERT, later)


def test_an_alert_of_an_earlier_period_is_not_mentioned(world: World) -> None:
    assert "acknowledged" not in body(world, replace(ALERT, sent_at=AS_OF - timedelta(days=25)))


def test_without_the_sent_alerts_the_digest_is_sent_all_the_same(world: World) -> None:
    world.alert_log = FakeAlertLog(faults={"sent": StateUnavailableError("alert table x: Throttling")})
    assert "spend" in digest(world).body
