"""The alert protocol step by step: what it asks, in which order, and what it leaves for the next run."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.aws.alert_table import alert_items
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.sending import DeliveryOutcome, Resent, deliver_all, resend_pending
from cloudflare_budgets.domain.alerts.alert import AlertType, OutgoingAlert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError, StateUnavailableError
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.alerts.render import outgoing as outgoing_form
from tests.support.builders import ACCOUNT_ID, AS_OF
from tests.support.fakes import LEASE, FakeAlertTopic, FakeOutbox
from tests.support.outgoing import key, outgoing

PROBLEMS = [
    problem_alert(Problem("no_data", f"subject {number}", "text", ACCOUNT_ID), AS_OF) for number in range(3)
]


class Stage:
    """Memory, topic and a clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = AS_OF
        self.left = timedelta(seconds=300)
        self.slept: list[float] = []
        self.outbox = FakeOutbox()
        self.topic = CountingTopic()
        self.delivery = Delivery(
            self.outbox, self.topic, "run-1", lambda: self.now, lambda: self.left, self.slept.append
        )

    def crash_with(self, *alerts: OutgoingAlert) -> None:
        """Leave claims behind that nobody confirmed, with their leases over."""
        for alert in alerts:
            self.outbox.claim(alert, "run-0", self.now)
        self.now += LEASE + timedelta(seconds=1)


class CountingTopic(FakeAlertTopic):
    """Counts who asks whether somebody listens, and refuses or chokes on the alerts of some keys."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.refused: set[str] = set()
        self.surprises: set[str] = set()

    def subscribers(self) -> Subscriptions | None:
        self.asked += 1
        return super().subscribers()

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        if alert.key.sort in self.refused:
            raise AlertRejectedError("refused")
        if alert.key.sort in self.surprises:
            raise UnicodeError
        return super().publish(alert, attempt)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize(("seconds", "is_sent"), [(29.9, False), (30, True)])
def test_half_a_minute_is_enough_to_send_an_alert_and_less_is_not(
    stage: Stage, seconds: float, *, is_sent: bool
) -> None:
    stage.left = timedelta(seconds=seconds)
    if is_sent:
        assert stage.delivery.deliver(outgoing())
    else:
        with pytest.raises(AlertUndeliveredError, match="too little time"):
            stage.delivery.deliver(outgoing())
    assert bool(stage.outbox.writes) is is_sent


def test_messages_leave_a_quarter_of_a_second_after_one_another(stage: Stage) -> None:
    stage.delivery.deliver(outgoing(50))
    assert stage.slept == []
    stage.delivery.deliver(outgoing(80))
    assert stage.slept == [0.25]
    stage.now += timedelta(seconds=10)
    stage.delivery.deliver(outgoing(100))
    assert stage.slept == [0.25, 0]


def test_the_subscribers_of_a_topic_are_read_once_a_run(stage: Stage) -> None:
    for percent in (50, 80, 100):
        stage.delivery.deliver(outgoing(percent))
    assert (stage.delivery.listeners(), stage.topic.asked) == (Subscriptions({"email": 1}), 1)


def test_a_topic_that_hides_its_subscribers_is_read_once_before_alerts(stage: Stage) -> None:
    stage.topic.subscriptions = None
    for percent in (50, 80, 100):
        stage.delivery.deliver(outgoing(percent))
    assert stage.topic.asked == 1
    stage.topic.subscriptions = 2
    assert stage.delivery.listeners() == Subscriptions({"email": 2})


def test_a_missing_subscriber_is_remembered_for_the_run(stage: Stage) -> None:
    stage.topic.subscriptions = 0
    for percent in (50, 80):
        with pytest.raises(AlertUndeliveredError, match="no subscription"):
            stage.delivery.deliver(outgoing(percent))
        stage.topic.subscriptions = None
    assert (stage.topic.published, stage.topic.asked) == ([], 1)


def test_a_sweep_sends_owed_alerts_and_one_failure_affects_no_other(stage: Stage) -> None:
    stage.crash_with(outgoing(50), outgoing(80), outgoing(100))
    stage.topic.refused = {key(50).sort, key(80).sort}
    assert resend_pending(stage.delivery) == Resent(
        (outgoing(100),), (outgoing(50), outgoing(80)), ("refused", "refused")
    )


def test_a_sweep_that_cannot_read_the_index_reports_unknown_debts(stage: Stage) -> None:
    stage.outbox.faults["pending"] = StateUnavailableError("no table")
    assert resend_pending(stage.delivery) == Resent((), None, ("no table",))


def test_nothing_swept_is_nothing_sent_and_nothing_owed(stage: Stage) -> None:
    assert resend_pending(stage.delivery) == Resent() == Resent((), (), ())


def test_what_one_message_reports_alongside_waits_for_it_and_the_rest_continues(stage: Stage) -> None:
    first, alongside, last = PROBLEMS
    first = replace(first, alongside=(alongside.key,))
    stage.topic.refused = {first.key.sort}
    told = deliver_all([first, alongside, last], stage.delivery, dry_run=False)
    assert [each.state for each in told.alerts] == [AlertState.OWED, AlertState.OWED, AlertState.SENT]
    assert told.failures == (f"problem {first.label}: refused",)


def test_an_unexpected_error_of_one_alert_affects_no_other_alert(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    surprising, other = PROBLEMS[:2]
    stage.topic.surprises = {surprising.key.sort}
    told = deliver_all([surprising, other], stage.delivery, dry_run=False)
    assert [each.state for each in told.alerts] == [AlertState.OWED, AlertState.SENT]
    assert told.failures == ("problem no_data: unexpected UnicodeError, see the log",)
    assert "unexpected error" in caplog.text

    stage.now += LEASE + timedelta(seconds=1)
    stage.crash_with(outgoing(50))
    assert len(resend_pending(stage.delivery).sent) == 1


def test_a_failure_names_the_budget_of_its_alert(stage: Stage) -> None:
    alert = replace(PROBLEMS[0], type=AlertType.SPIKE, budget="workers")
    stage.topic.refused = {alert.key.sort}
    assert deliver_all([alert], stage.delivery, dry_run=False).failures == ("spike workers: refused",)


def test_a_dry_run_requests_and_sends_nothing(stage: Stage) -> None:
    assert deliver_all(PROBLEMS[:1], stage.delivery, dry_run=True).alerts[0].state is AlertState.DRY_RUN
    assert (stage.outbox.writes, stage.topic.published, stage.topic.asked) == ([], [], 0)
    assert deliver_all([], stage.delivery, dry_run=False) == DeliveryOutcome((), ())


def test_a_release_ends_the_lease_before_every_clock() -> None:
    values = alert_items.releasing("alerts", key(80), "run-1")["ExpressionAttributeValues"]
    assert values[":over"] == {"N": "0"}


def test_a_problem_has_a_stable_key_so_that_a_new_version_reports_nothing_again() -> None:
    assert PROBLEMS[0].key.partition == f"ACCT#{ACCOUNT_ID}#-#2026-11-22T00:00:00Z"
    assert PROBLEMS[0].key.sort == "PROBLEM#no_data#subject 0"
    longest, longer = (
        problem_alert(Problem("no_data", "x" * size, "text"), AS_OF).key for size in (200, 201)
    )
    assert longest.sort == "PROBLEM#no_data#" + "x" * 200
    assert len(longer.sort) == len("PROBLEM#no_data#") + 64


def test_filter_policies_see_the_account_and_the_budget_of_an_alert_that_has_them() -> None:
    of_account, of_none = PROBLEMS[0], replace(PROBLEMS[0], account_id="")
    assert outgoing_form(of_account).attributes["account_id"] == ACCOUNT_ID
    assert "account_id" not in outgoing_form(of_none).attributes
    assert outgoing_form(replace(of_account, budget="workers")).attributes["budget"] == "workers"
    assert "budget" not in outgoing_form(of_account).attributes


def test_alerts_that_were_sent_are_looked_up_at_once_and_not_claimed_again() -> None:
    stage = Stage()
    deliver_all(PROBLEMS, stage.delivery, dry_run=False)
    stage.outbox.writes.clear()
    for method in ("claim", "is_settled"):
        stage.outbox.faults[method] = StateUnavailableError(f"{method} was called")

    outcome = deliver_all(PROBLEMS, stage.delivery, dry_run=False)

    assert [report.state for report in outcome.alerts] == [AlertState.ALREADY_SENT] * len(PROBLEMS)
    assert outcome.failures == ()
    assert stage.outbox.writes == []


def test_if_the_lookup_fails_every_alert_is_left_to_the_next_run() -> None:
    stage = Stage()
    stage.outbox.faults["settled"] = StateUnavailableError("alert table: throttled")

    outcome = deliver_all(PROBLEMS, stage.delivery, dry_run=False)

    assert [report.state for report in outcome.alerts] == [AlertState.OWED] * len(PROBLEMS)
    assert all("throttled" in failure for failure in outcome.failures)
    assert stage.outbox.writes == []
