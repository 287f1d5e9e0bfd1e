"""What a month's alerts are held against: what was true, and seen, at each run, in plain fractions."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import Any, NamedTuple

from tests.support.fakes import Published
from tests.unit.simulation.periods import spans
from tests.unit.simulation.stage import Stage
from tests.unit.simulation.story import Fault, Plan

# A failure of these may leave a message sent that is not known to be.
_AMBIGUOUS = frozenset({Fault.LOST_REPLIES, Fault.UNCONFIRMED})
# With these, a run does not get to see what is used.
BLINDING = frozenset({Fault.CLOUDFLARE, Fault.TOKEN, Fault.SSM, Fault.TABLE})
# So long after its end, a day's rows are taken to be all there.
_SETTLE_LAG = timedelta(hours=6)
_SETTLES, _LOOK_BACK = timedelta(hours=72), timedelta(days=31)


class Budget(NamedTuple):
    """A budget in one period."""

    name: str
    limit: str
    start: str


class Breach(NamedTuple):
    """A threshold of a budget in one period, reached by actual usage."""

    budget: Budget
    amount: Fraction


@dataclass
class Oracle:
    """Watches a story; every method raises an `AssertionError` that says what is wrong.

    `told` are the breaches that a message named.
    """

    stage: Stage
    told: set[Breach] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    _true: set[Breach] = field(default_factory=set)
    _closed: set[tuple[str, str]] = field(default_factory=set)
    _spent: defaultdict[Budget, set[Fraction]] = field(default_factory=lambda: defaultdict(set))
    _below: dict[Budget, int] = field(default_factory=dict)
    _sent: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    _last: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    _copies: Counter[str] = field(default_factory=Counter)
    _ambiguous: int = 0
    _run: int = 0
    _heard: datetime | None = None
    _known: dict[str, datetime] = field(default_factory=dict)
    _read: int = 0

    def hear(
        self, now: datetime, plans: Mapping[str, Plan], faults: frozenset[Fault], *, is_clean: bool
    ) -> None:
        """Judge a run by what it sent, and by what it did not."""
        self._run += 1
        self._ambiguous += bool(faults & _AMBIGUOUS)
        sees = not faults & BLINDING
        owed = self._look(now, plans) if sees else set()
        over = self._over(now, plans) if sees else set()
        news = self.stage.topic.published[self._read :]
        self._read += len(news)
        for message in news:
            self._judge(message, now)
            self._hear_others(message.alert)
        self._known = {name: first for name, first in self._known.items() if name in plans}
        if is_clean and sees:
            self._heard = now
            self._known = {name: self._known.get(name, now) for name in plans}
            assert owed <= self.told, f"not told: {sorted(owed - self.told)}"
            assert over <= self._closed, f"their end was not told: {sorted(over - self._closed)}"
        if is_clean and plans and faults & BLINDING == {Fault.TOKEN}:
            assert any(_is_denial(alert, now) for _, alert in self._sent.values()), (
                "a revoked token is not told"
            )

    def _look(self, now: datetime, plans: Mapping[str, Plan]) -> set[Breach]:
        """See what is true now; give the breaches that must be told by now."""
        owed = set()
        for plan in plans.values():
            for start, end in spans(plan.period, self.stage.story.anchor, now, now - _LOOK_BACK):
                spent = self.stage.spent(plan, start, end)
                if spent is None:
                    continue
                about = Budget(plan.name, f"{plan.limit} {plan.unit}", _text(start))
                self._spent[about].add(spent)
                reached = {Breach(about, amount) for amount in _amounts(plan, _levels(plan, spent))}
                self._true |= reached
                if self._must_see(plan, end, now) and self._must_tell(plan, about, spent, now):
                    owed |= reached
                if spent < min(_amounts(plan, plan.percents)) and not plan.is_muted(now):
                    self._below[about] = self._run
        return owed

    def _must_see(self, plan: Plan, end: datetime, now: datetime) -> bool:
        """See whether a period goes on, or ended since the budget was new and was not judged whole yet."""
        after = max(min(self._heard or now, now) - _SETTLES, now - _LOOK_BACK)
        return end > now or end > max(after, self._known.get(plan.name, now))

    def _must_tell(self, plan: Plan, about: Budget, spent: Fraction, now: datetime) -> bool:
        """See whether a budget is not muted, or at twice what was last told and twice its limit."""
        last = self._last.get((about.name, about.start), Fraction(0))
        return not plan.is_muted(now) or spent >= 2 * max(Fraction(plan.limit), last)

    def _over(self, now: datetime, plans: Mapping[str, Plan]) -> set[tuple[str, str]]:
        """Find the periods that are over, and whose last day's rows are all there."""
        through = min(self.stage.through(now), now - _SETTLE_LAG).replace(hour=0, minute=0)
        return {
            (_text(start), _text(end))
            for plan in plans.values()
            if plan.period != "day" and not plan.is_muted(now)
            for start, end in spans(plan.period, self.stage.story.anchor, now, self._heard)
            if end <= through and self._must_see(plan, end, now)
            if self.stage.spent(plan, start, end) is not None
        }

    def _judge(self, message: Published, now: datetime) -> None:
        alert = message.alert
        alert_id, kind = alert["alert_id"], alert["type"]
        self.kinds[kind] += 1
        self._copies[alert_id] += 1
        copies = self._copies[alert_id]
        assert copies == 1 or alert["attempt"] > 1, f"sent again without saying so: {message.subject}"
        assert copies <= 1 + self._ambiguous, f"{copies} copies: {message.subject}"
        if kind == "threshold_crossed":
            self._judge_crossing(alert)
        elif kind == "resolved":
            self._judge_end(alert)
        elif kind == "period_closed":
            assert alert["period"]["end"] <= _text(now), f"closed too early: {message.subject}"
            self._closed.add((alert["period"]["start"], alert["period"]["end"]))
        for each in (alert_id, *(other["alert_id"] for other in alert["also"])):
            self._sent.setdefault(each, (self._run, alert))

    def _judge_crossing(self, alert: Mapping[str, Any]) -> None:
        about = _budget_of(alert["budget"], alert["period"])
        observed = Fraction(alert["observed"]["amount"])
        assert observed in self._spent[about], f"{about}: {observed} was never spent"
        for threshold in (alert["threshold"], *alert["also_crossed"]):
            amount = Fraction(threshold["amount"])
            if threshold["basis"] == "actual":
                self._last[about.name, about.start] = observed
                assert observed >= amount, f"{about}: {observed} is below {amount}"
                assert Breach(about, amount) in self._true, f"{about}: {amount} was never reached"
                self.told.add(Breach(about, amount))
            else:
                expected = Fraction(alert["forecast"]["amount"]) if alert["forecast"] else observed
                assert max(expected, observed) >= amount, f"{about}: {amount} is not foreseen"

    def _hear_others(self, alert: Mapping[str, Any]) -> None:
        """Take note of the crossings that a message includes besides its own."""
        for other in alert["also"]:
            if other["type"] != "threshold_crossed" or "forecast" in other["threshold"]:
                continue
            percent = Fraction(other["threshold"].removesuffix("%"))
            found = {
                breach
                for breach in self._true
                if (breach.budget.name, breach.budget.start) == (other["budget"], other["period"]["start"])
                and breach.amount * 100 <= percent * Fraction(breach.budget.limit.partition(" ")[0])
            }
            assert found, f"{other} was never reached"
            self.told |= found

    def _judge_end(self, alert: Mapping[str, Any]) -> None:
        assert alert["resolves"] in self._sent, "resolves what was never told"
        told_in, told = self._sent[alert["resolves"]]
        if alert["problem"] is None:
            self.kinds["fall"] += 1
            standing = alert["standing"]
            about = _budget_of(standing["budget"], standing["period"])
            assert self._below.get(about, 0) > told_in, f"{about}: resolved without a fall"
            if told["alert_id"] == alert["resolves"]:
                assert told["period"]["start"] == about.start
            # Whatever is reached from now on is news.
            self.told -= {one for one in self.told if (one.budget.name, one.budget.start) == about[::2]}
            self._last.pop((about.name, about.start), None)


def _levels(plan: Plan, spent: Fraction) -> list[int]:
    """Give the percentages that are reached: those that are written, and each doubling beyond them."""
    doublings = (200 * 2**number for number in range(64))
    beyond = (percent for percent in doublings if percent > max(plan.percents))
    return [
        *(percent for percent in plan.percents if _is_reached(plan, percent, spent)),
        *takewhile(lambda percent: _is_reached(plan, percent, spent), beyond),
    ]


def _is_reached(plan: Plan, percent: int, spent: Fraction) -> bool:
    return spent * 100 >= plan.limit * percent


def _amounts(plan: Plan, percents: Sequence[int]) -> list[Fraction]:
    return [Fraction(plan.limit * percent, 100) for percent in percents]


def _budget_of(budget: Mapping[str, Any], period: Mapping[str, Any]) -> Budget:
    return Budget(budget["name"], f"{budget['limit']['amount']} {budget['limit']['unit']}", period["start"])


def _is_denial(alert: Mapping[str, Any], now: datetime) -> bool:
    is_denial = alert["type"] == "problem" and alert["problem"]["kind"] == "access_denied"
    return is_denial and bool(alert["day"][:10] == f"{now:%Y-%m-%d}")


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
