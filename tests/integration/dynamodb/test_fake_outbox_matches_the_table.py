"""Whatever is done in whatever order, the fake and the SQLite outbox answer as the table does."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.ports import Outbox
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import SqliteOutbox
from tests.support.fakes import LEASE, FakeOutbox
from tests.support.outgoing import NOW, outgoing
from tests.support.sizes import SIZE

THRESHOLDS = (50, 80, 100)
EXAMPLES = count()

owners = st.sampled_from(["run-1", "run-2"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "release", "confirm", "settle", "pending", "settled"]),
        st.sampled_from(THRESHOLDS),
        st.sets(st.sampled_from(THRESHOLDS)),
        owners,
        st.sampled_from([0, 1, 149, 150, 151]),
    ),
    max_size=15,
)
Step = tuple[str, int, set[int], str, int]


class Player:
    """Does the steps of one example in one outbox, as a run of the check would do them."""

    def __init__(self, outbox: Outbox, partition: str) -> None:
        self._outbox = outbox
        self._partition = partition
        self._now = NOW

    def answer(self, step: Step) -> object:
        what, threshold, mentioned, owner, wait = step
        self._now += timedelta(seconds=wait)
        alert = self._alert(threshold, mentioned)
        match what:
            case "claim":
                return self._seen(self._outbox.claim(alert, owner, self._now))
            case "release":
                self._outbox.release(alert.key, owner)
                return "released"
            case "confirm":
                self._outbox.confirm(alert, "message", self._now)
                return "confirmed"
            case "settle":
                claim = self._outbox.claim(alert, owner, self._now)
                if claim.state is ClaimState.SETTLED:
                    self._outbox.settle_lower(claim.alert)
                return self._seen(claim)
            case "settled":
                found = self._outbox.settled({alert.key, *alert.lower})
                settled = {key.sort: sorted(each.sort for each in lower) for key, lower in found.items()}
                return self._outbox.is_settled(alert.key), settled
            case _:
                owed = list(self._outbox.pending(self._now))
                return sorted(each.key.sort for each in owed if each.key.partition == self._partition)

    def _alert(self, threshold: int, mentioned: set[int]) -> OutgoingAlert:
        keys = {each: AlertKey(self._partition, outgoing(each).key.sort) for each in (threshold, *mentioned)}
        return replace(
            outgoing(threshold),
            key=keys[threshold],
            lower=tuple(keys[each] for each in sorted(mentioned) if each < threshold),
            alongside=tuple(keys[each] for each in sorted(mentioned) if each > threshold),
        )

    def _seen(self, claim: Claim) -> tuple[Any, ...]:
        return claim.state, claim.attempt, claim.alert


@given(steps=steps)
@settings(
    max_examples=SIZE.examples // 4,
    phases=[Phase.generate],  # to shrink takes minutes, and 15 steps can be read as they are
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_outbox_answers_as_the_table_does(table_name: str, steps: list[Step]) -> None:
    partition = f"example {next(EXAMPLES)}"  # each starts with an empty outbox
    table = Player(DynamoDbOutbox(table_name, LEASE, aws_clients.dynamodb), partition)
    fake = Player(FakeOutbox(), partition)
    with closing(SqliteDatabase()) as database:
        sqlite = Player(SqliteOutbox(database, LEASE), partition)
        for step in steps:
            assert fake.answer(step) == sqlite.answer(step) == table.answer(step)
