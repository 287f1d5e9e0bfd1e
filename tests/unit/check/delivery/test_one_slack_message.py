"""All that one check finds in one account is one message in Slack, whatever SNS and SQS deliver first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from cloudflare_budgets.messages.notification import Notification, read_notifications
from cloudflare_budgets.messages.slack.message import plain_message
from cloudflare_budgets.post_to_slack import post
from local.slack import refusal_of, rendered
from tests.support.builders import charge, each_day
from tests.support.fakes import LEASE, Published
from tests.support.world import World

KV = '"scope": {"metric_id": ["kv"]}'
BUDGETS = {
    "all": '{"limit": "1000 USD", "alert_on": []}',
    "kv": f'{{"limit": "100 USD", {KV}}}',
    "reads": f'{{"limit": "1000 Requests", {KV}}}',
    "workers": '{"limit": "10 USD", "scope": {"metric_id": ["workers"]}, "alert_on": []}',
}
KV_ROWS = (*each_day("2026-10-20", "2026-11-20", "10", "1", "kv"), charge("2026-11-21", "9000", "600", "kv"))
ROWS = (*KV_ROWS, charge("2026-11-21", "1", "9", "workers"))
WORKERS = "workers passed 80 %: 9 of 10 USD (90 %), 9 days left"
KV_OVER = "kv over limit: 620 of 100 USD (620 %), 9 days left"


@dataclass
class Slack:
    """Posts what a topic published, and keeps the messages as text."""

    shown: list[str] = field(default_factory=list)

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:  # noqa: ARG002
        assert refusal_of(dict(message), ()) is None or "blocks" in message
        self.shown.append(rendered(dict(message)))

    def receive(self, published: Iterable[Published]) -> list[str]:
        for each in published:
            post(notification(each), self, lambda: timedelta(seconds=57))
        return self.shown


def notification(published: Published) -> Notification:
    attributes = {name: {"Type": "String", "Value": text} for name, text in published.attributes.items()}
    sns = {"Subject": published.subject, "Message": published.body, "MessageAttributes": attributes}
    [found] = read_notifications({"Records": [{"Sns": sns}]})
    return found


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = BUDGETS
    world.use(*ROWS)
    return world


@pytest.fixture
def slack() -> Slack:
    return Slack()


def of_account(world: World) -> list[Published]:
    return [each for each in world.topic.published if each.attributes.get("account_id")]


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "last one first"])
def test_one_check_posts_one_message_about_an_account(
    world: World, slack: Slack, *, is_reversed: bool
) -> None:
    world.run()
    published = of_account(world)
    assert len(published) == 2
    [text] = slack.receive(published[::-1] if is_reversed else published)
    assert KV_OVER in text.partition("\n")[0]
    assert f"The same check also found\n⚠️ {WORKERS}" in text


def test_every_subscriber_but_slack_gets_each_alert(world: World) -> None:
    world.run()
    leader, other = of_account(world)
    assert (leader.alert["budget"]["name"], other.alert["budget"]["name"]) == ("kv", "workers")
    assert WORKERS not in leader.body
    assert other.attributes["mentioned_in"] == leader.alert["alert_id"]
    assert "mentioned_in" not in leader.attributes
    assert "mentions" not in other.attributes


def test_a_problem_of_the_account_is_mentioned_too(world: World, slack: Slack) -> None:
    world.configuration.given_budgets = BUDGETS | {"mistaken": '{"treshold": 1}'}
    world.run()
    [text] = slack.receive(of_account(world))
    assert "⚠️ Problem: budget mistaken is invalid and is not watched" in text


def test_an_alert_alone_mentions_nothing(world: World, slack: Slack) -> None:
    world.configuration.given_budgets = {name: text for name, text in BUDGETS.items() if name != "workers"}
    world.run()
    [published] = of_account(world)
    assert not {"mentions", "mentioned_in"} & set(published.attributes)
    [text] = slack.receive([published])
    assert "The same check also found" not in text


def test_what_was_sent_by_an_earlier_check_is_not_mentioned(world: World, slack: Slack) -> None:
    world.use(*KV_ROWS)
    world.run()
    world.use(*ROWS)
    world.now += timedelta(hours=1)
    world.run()
    first, second = slack.receive(of_account(world))
    assert (KV_OVER in first, WORKERS in first) == (True, False)
    assert (KV_OVER in second, WORKERS in second) == (False, True)


@pytest.mark.parametrize("error", [AlertRejectedError("refused"), AlertUndeliveredError("no answer")])
def test_if_the_message_that_mentions_the_others_is_not_sent_they_are_posted(
    world: World, slack: Slack, error: Exception
) -> None:
    refuse_first(world, error)
    world.run()
    [alone] = slack.receive(of_account(world))
    assert WORKERS in alone.partition("\n")[0]

    world.now += LEASE + timedelta(seconds=1)
    world.run()
    *_, late = [text for text in Slack().receive(of_account(world)) if KV_OVER in text]
    assert KV_OVER in late.partition("\n")[0]


def refuse_first(world: World, error: Exception) -> None:
    publish = world.topic.publish

    def refusing(alert: Any, attempt: int) -> str:  # noqa: ANN401
        if "kv" in alert.attributes.get("budget", "") and attempt == 1:
            raise error
        return publish(alert, attempt)

    world.topic.publish = refusing  # type: ignore[method-assign]


def test_an_alert_that_fails_after_it_was_mentioned_is_sent_later_and_posted_once(
    world: World, slack: Slack
) -> None:
    publish = world.topic.publish

    def refusing(alert: Any, attempt: int) -> str:  # noqa: ANN401
        if alert.attributes.get("budget") == "workers" and attempt == 1:
            raise AlertUndeliveredError("no answer")
        return publish(alert, attempt)

    world.topic.publish = refusing  # type: ignore[method-assign]
    world.run()
    world.now += LEASE + timedelta(seconds=1)
    world.run()
    published = [each for each in of_account(world) if each.attributes["type"] == "threshold_crossed"]
    assert [each.alert["budget"]["name"] for each in published] == ["kv", "workers"]
    [text] = slack.receive(published)
    assert text.count("workers passed 80 %") == 1


def test_more_alerts_than_one_message_has_room_for_are_few_messages(world: World, slack: Slack) -> None:
    metrics = [f"metric_{number:02}" for number in range(60)]
    world.configuration.given_budgets = {
        f"budget-of-{metric}": f'{{"limit": "10 USD", "scope": {{"metric_id": ["{metric}"]}}}}'
        for metric in metrics
    }
    world.use(*(charge("2026-11-21", "1", "9", metric) for metric in metrics))
    report = world.run()
    assert report.failures == ()
    assert len(of_account(world)) == 60
    texts = slack.receive(of_account(world))
    assert len(texts) <= 3
    assert all(sum(f"budget-of-{metric} passed" in text for text in texts) == 1 for metric in metrics)


def test_a_message_that_slack_refuses_is_posted_as_text_with_all_that_it_mentions(world: World) -> None:
    world.run()
    text = plain_message(notification(of_account(world)[0]))["text"]
    assert WORKERS in text
