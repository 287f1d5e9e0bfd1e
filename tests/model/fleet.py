"""Planner, workers, sender and audit around queues in memory, on a clock that their work moves."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.check.configuration import AccountDirectory
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.run.job import AccountJob, read_job
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.errors import RateLimitedError
from cloudflare_budgets.many_accounts.audit import Audit
from cloudflare_budgets.many_accounts.details import detailed_standing
from cloudflare_budgets.many_accounts.handover import Handover
from cloudflare_budgets.many_accounts.planner import Planner
from cloudflare_budgets.many_accounts.sender import send_pending
from cloudflare_budgets.many_accounts.worker import Worker
from local.cloudflare.http import Request as HttpRequest
from tests.model.fifo import KEPT_FOR, FifoQueue, Message
from tests.support.builders import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudflare_budgets.domain.budgets.account import Account
    from cloudflare_budgets.domain.run.result import Report
    from cloudflare_budgets.domain.usage.usage import Reading
    from cloudflare_budgets.ports import PaceStore, UsageQuery
    from local.cloudflare.limit import RequestLimit
    from tests.support.world import World


@dataclass
class FakeJobQueue:
    """Implements `JobQueue`."""

    queue: FifoQueue

    def send(self, jobs: Sequence[AccountJob]) -> None:
        for job in jobs:
            self.queue.put(json.dumps(job.document()), job.group, job.deduplication_id)


@dataclass
class FakeSenderQueue:
    """Implements `SenderQueue`."""

    queue: FifoQueue

    def send(self, key: AlertKey | None) -> None:
        body = {"partition": key.partition, "sort": key.sort} if key else {}
        self.queue.put(json.dumps(body), "sender", key.alert_id if key else "pending")


@dataclass
class PacedUsage:
    """Reads usage with so many requests, each of which takes its time and counts against the limit."""

    source: World
    limit: RequestLimit
    store: PaceStore | None = None
    requests: int = 2
    latency: timedelta = timedelta(seconds=0.3)
    answered: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Create the pacer with the clock of the world."""
        clock = Clock(self._seconds, self._seconds, self.source.sleep)
        self.pacer = Pacer(self.store, 5, lambda: clock)

    def _seconds(self) -> float:
        return self.source.now.timestamp()

    def read(self, account: Account, query: UsageQuery) -> Reading:
        for _ in range(self.requests):
            self.pacer.reserve(account.credential, self.source.now.timestamp() + 45)
            self.source.now += self.latency
            secret = account.credential.token.reveal()  # type: ignore[union-attr]
            asked = HttpRequest("GET", "/", {}, {"authorization": secret})
            if refusal := self.limit.refusal(asked, self.source.now):
                seconds = float(dict(refusal.headers)["Retry-After"])
                until = self.pacer.park(account.credential, seconds)
                raise RateLimitedError("Cloudflare answers 429", until)
            self.answered[account.account_id] += 1
        return self.source.usage.read(account, query)


class KilledError(BaseException):
    """Ends whatever runs; the queue delivers its message again."""


@dataclass
class Fleet:
    """Many accounts: `world` is everything outside, and its clock is moved by the work."""

    world: World
    workers: int = 20
    timeout: timedelta = timedelta(seconds=240)
    usage: PacedUsage | None = None
    runs: int = 0
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create the queues."""
        self.jobs = FifoQueue(self._now, KEPT_FOR)
        self.alerts = FifoQueue(self._now, given_up_after=10)
        self.busy_until = self.world.now

    def plan(self) -> int:
        directory = AccountDirectory(
            self.world.configuration, None, self.world.lists, self.world.now, renews=False
        )
        planner = Planner(PREFIX, directory, self.world.standings, FakeJobQueue(self.jobs))
        return planner.plan(self.world.now)

    def work(self, until: datetime | None = None) -> None:
        """Let the workers process jobs until none is left, or until an instant."""
        free = [self.world.now] * self.workers
        heapq.heapify(free)
        while (following := self.jobs.next_at()) and (until is None or max(free[0], following) < until):
            start = max(heapq.heappop(free), following)
            self.world.now = start
            if message := self.jobs.receive():
                self._process(message)
            heapq.heappush(free, self.world.now)
        self.world.now = max(*free, until or self.world.now)

    def send(self) -> None:
        """Let the sender process its queue, each batch once."""
        while message := self.alerts.receive():
            if self._send(message):
                self.alerts.delete(message)
            elif self.alerts.next_at() is not None:
                return

    def audit(self, **request: object) -> Report:
        self.runs += 1
        outbox, queue = self.world.outbox, FakeSenderQueue(self.alerts)
        handover = Handover(
            outbox, queue, self._now, lambda: self.timeout, self._sleep_while_sending, self.world.topic
        )
        deps = replace(
            self._dependencies(handover),
            ping=self.world.ping,
            pages=self.world.pages,
            lister=self.world.lister,
            lists=self.world.lists,
        )
        audit = Audit(deps, queue, timedelta(hours=2))
        return audit.run(replace(Request(self.world.now), **request))  # type: ignore[arg-type]

    def check(self, job: AccountJob, attempt: int) -> timedelta | None:
        queue = FakeSenderQueue(self.alerts)
        handover = Handover(self.world.outbox, queue, self._now, lambda: self.timeout, self.world.sleep)
        worker = Worker(self._dependencies(handover), self.world.run_store.load, self._now)
        return worker.check(job, attempt).retry_in

    def _process(self, message: Message) -> None:
        try:
            retry_in = self.check(read_job(message.body), message.receives)
        except (Exception, KilledError) as error:  # noqa: BLE001 - the queue delivers the job again
            self.errors.append(error)
            return
        if retry_in is None:
            self.jobs.delete(message)
        else:
            message.hidden_until = self.world.now + retry_in

    def _send(self, message: Message) -> bool:
        self.runs += 1
        document = json.loads(message.body)
        keys = [AlertKey(document["partition"], document["sort"])] if document else []
        delivery = Delivery(
            self.world.outbox,
            self.world.topic,
            f"sender-{self.runs}",
            self._now,
            lambda: self.timeout,
            self.world.sleep,
        )
        try:
            return not send_pending(keys, delivery).unsettled
        except (Exception, KilledError) as error:  # noqa: BLE001 - the queue delivers the message again
            self.errors.append(error)
            return False

    def _dependencies(self, handover: Handover) -> Dependencies:
        world = self.world
        return Dependencies(
            PREFIX,
            world.configuration,
            self.usage or world.usage,
            world.accounts,
            world.run_store,
            world.standings,
            handover,
            lambda: self.timeout,
            world.prices,
            standing_of=detailed_standing,
        )

    def _sleep_while_sending(self, seconds: float) -> None:
        self.world.sleep(seconds)
        self.send()

    def _now(self) -> datetime:
        return self.world.now


def copies(world: World) -> Counter[str]:
    """Count how often each alert was published."""
    return Counter(message.alert["alert_id"] for message in world.topic.published)


def ids(count: int) -> Iterable[str]:
    """Return so many ids of accounts."""
    return (f"{number:08x}{number:024x}" for number in range(1, count + 1))
