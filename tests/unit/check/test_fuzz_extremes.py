"""The largest and the smallest numbers that are taken: a check adds them up, judges and tells of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from cloudflare_budgets.messages.channels.amazon_q import chat_notification
from cloudflare_budgets.messages.message import parse_message
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.reply import reply
from cloudflare_budgets.messages.report.page import page
from cloudflare_budgets.messages.slack.message import slack_message
from local.slack import refusal_of
from local.slack.server import CLOUDFLARE
from tests.schemas.chat import checked_notification
from tests.support.builders import AS_OF, each_day, price, prices
from tests.support.fuzzing import FUZZED
from tests.support.world import FakeReportStore, World

pytestmark = pytest.mark.fuzz
_MOST = "9" * 15
_LEAST = f"0.{'0' * 29}1"
_LONGEST = f"{_MOST}.{'9' * 30}"
_ABOVE_ZERO = st.sampled_from((_LEAST, "0.3", "1", "7", "1000000", _MOST, _LONGEST)) | st.decimals(
    "0.000001", _MOST, places=6
).map(lambda number: format(number, "f"))
_NUMBERS = st.just("0") | _ABOVE_ZERO
_QUANTITIES = _NUMBERS | st.sampled_from(
    (f"0.{'0' * 59}1", f"0.{'1' * 60}", "1E+14", f"{'9' * 15}.{'1' * 45}")
)
_ENTRIES = st.fixed_dictionaries(
    {
        "price": _NUMBERS.map("{} USD".format),
        "per": _ABOVE_ZERO,
        "included": _NUMBERS,
        "rounding": st.sampled_from(("none", "block", "nearest", "unknown")),
        "included_per": st.sampled_from(("billing_period", "day")),
    }
)
_LISTED = prices(price(), price(metric="r2_class_a"))
REPORTS = [f"https://bucket.example.com/report-{number}.html" for number in (1, 2)]


@dataclass(frozen=True)
class Numbers:
    """What an account uses on each day and on the last ones, what is billed for it, and the limits."""

    own: Mapping[str, str]
    usual: str = "1"
    last: str = "1"
    cost: str | None = None
    limit: str = "50"


_CASES = st.builds(
    Numbers,
    _ENTRIES,
    usual=_QUANTITIES,
    last=_QUANTITIES,
    cost=st.none() | _QUANTITIES,
    limit=_ABOVE_ZERO,
)


@FUZZED
@given(_CASES)
@example(Numbers({"price": f"{_MOST} USD"}, usual="9" * 15, cost="0"))
@example(Numbers({"price": f"{_MOST} USD"}, usual="9" * 15))
@example(Numbers({"price": "1 USD", "per": _LEAST}, usual="9"))
@example(Numbers({"price": f"{_LONGEST} USD", "per": _LEAST}, usual="7", last=_LONGEST, limit=_LEAST))
@example(Numbers({"price": f"{_LEAST} USD", "per": _MOST}, _LEAST, _MOST, _LEAST, _LONGEST))
def test_a_whole_check_accepts_whatever_numbers_are_accepted(case: Numbers) -> None:
    world = World(prices=_LISTED, pages=FakeReportStore())
    world.configuration.given_prices = json.dumps({"workers_standard_requests": case.own})
    assert parse_prices(world.configuration.given_prices, _LISTED).refusals == ()
    world.configuration.given_budgets = {
        "spend": json.dumps({"limit": f"{case.limit} USD", "thresholds": ["50%", "100%", "100% forecast"]}),
        "workers": json.dumps({"limit": f"{case.limit} Requests", "thresholds": ["100%", "100% forecast"]}),
        "zone": json.dumps({"limit": f"{case.limit} USD", "scope": {"zone": ["a"]}, "alert_on": ["spike"]}),
        "all": json.dumps({"limit": f"{case.limit}% of allowance"}),
    }
    usually = each_day("2026-10-20", "2026-11-30", case.usual, case.cost)
    rows = [
        *usually[:30],
        *each_day("2026-11-20", "2026-11-30", case.last, case.cost, x_zone_id="a", x_zone_name="a"),
        *each_day("2026-11-10", "2026-11-30", case.last, case.cost, metric="r2_class_a"),
    ]
    for later in (timedelta(), timedelta(days=9)):
        world.now = AS_OF + later
        world.use(*(row for row in rows if row.charge_period_end <= world.now))
        report = world.run(digest=True)
        assert report.failures == ()
        json.dumps(reply(report)).encode()
        assert page(report)
    for message in world.topic.published:
        layout = parse_message(message.attributes["message"])
        assert layout
        told = Notification(message.subject, message.body, message.alert, layout)
        assert refusal_of(slack_message(told), (CLOUDFLARE, *REPORTS)) is None
        checked_notification(chat_notification(told))
