"""Runs that deliver the same alerts at the same time, as a system whose every state can be visited.

Each step is one call that leaves a run. Runs crash, calls get lost before and after they are done,
messages are refused, and runs go on when their lease is over: each as often as its budget allows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto

from tests.model.rows import CLAIMED, NOBODY, PENDING, Alert, Rules, claim, confirm, release, settle
from tests.model.state import NOTHING, Budget, Run, State, Step, at, canonical, is_sending, owed, put

HIGH, LOW, FORECAST = range(3)
# What a run finds early, with less usage, and what later ones find: the message for the highest
# threshold tells of the lower one, and of the forecast as long as nobody was told of that.
EARLY = (Alert(LOW, NOTHING, frozenset({FORECAST})), Alert(FORECAST))
LATE = (Alert(HIGH, frozenset({LOW}), frozenset({FORECAST})), Alert(FORECAST))
ALONE = (Alert(HIGH),)


class Wrong(StrEnum):
    """What must never be."""

    COPIES = "more copies than what went wrong explains"
    STOLEN = "a claim was taken from a run that was sending"
    CLAIMED_AGAIN = "claimed again though its sender had confirmed it"
    UNSAID = "a copy that does not say so"
    LOST = "somebody was never told"


class Order(Enum):
    """In which order a run does what makes an alert go out."""

    CLAIM_PUBLISH_CONFIRM = auto()
    MARK_THEN_SEND = auto()
    SEND_THEN_MARK = auto()


_NONE = Budget()


@dataclass(frozen=True, slots=True)
class Protocol:
    """The system: what each run finds, in the order they start, how many at once, and what goes wrong.

    `overlooked` is not looked for. States that differ only in runs' places are one while `runs_are_alike`.
    """

    found: tuple[tuple[Alert, ...], ...]
    at_once: int = 3
    budget: Budget = _NONE
    rules: Rules = field(default_factory=Rules)
    lease_outlasts_run: bool = True
    order: Order = Order.CLAIM_PUBLISH_CONFIRM
    runs_are_alike: bool = True
    overlooked: frozenset[Wrong] = frozenset()

    @property
    def start(self) -> State:
        """Nothing has happened."""
        keys = range(1 + max(max({alert.key} | alert.lower | alert.alongside) for alert in self.all_alerts))
        return State((None,) * len(keys), (None,) * self.at_once, copies=(0,) * len(keys))

    @property
    def all_alerts(self) -> list[Alert]:
        """Every alert of every run."""
        return [alert for alerts in self.found for alert in alerts]

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """Name what can happen next, and what it leads to."""
        for name, following in self._all_steps(state):
            yield name, canonical(following) if self.runs_are_alike else following

    def wrong(self, state: State, is_end: bool) -> str | None:  # noqa: FBT001 - the explorer calls it
        """Say what must not be."""
        spent = state.spent
        found = {
            Wrong.COPIES: max(state.copies) > 1 + spent.crashes + spent.faults + spent.zombies,
            Wrong.STOLEN: state.stolen > spent.zombies,
            Wrong.CLAIMED_AGAIN: state.rewritten,
            Wrong.UNSAID: state.unsaid and not spent.zombies,
        }
        for what, is_so in found.items():
            if is_so and what not in self.overlooked:
                return what
        return Wrong.LOST if is_end and not self._ends_well(state) else None

    def _ends_well(self, state: State) -> bool:
        """Whether one more run, with nothing against it, leaves nobody in ignorance."""
        whole = replace(self, budget=Budget(), found=(*self.found, self.found[-1]), at_once=1)
        state = state._replace(spent=Budget(), runs=(None,))
        while True:
            state = whole.expired(state)
            following = next(whole.steps(state), None)
            if following is None:
                return state.told == frozenset(range(len(state.rows)))
            state = following[1]

    def expired(self, state: State) -> State:
        """Let every lease of a run that has ended end too."""
        rows = tuple(
            row._replace(is_over=True) if row and row.state == CLAIMED and row.owner == NOBODY else row
            for row in state.rows
        )
        return state._replace(rows=rows)

    def _all_steps(self, state: State) -> Iterator[tuple[str, State]]:
        for slot, run in enumerate(state.runs):
            if run is None:
                yield from self._begun(state, slot)
                continue
            yield from self._done(state, slot, run)
            if state.spent.crashes < self.budget.crashes:
                spent = state.spent._replace(crashes=state.spent.crashes + 1)
                yield f"{slot} crashes", at(state._replace(spent=spent), slot, None)
        yield from self._leases_over(state)

    def _begun(self, state: State, slot: int) -> Iterator[tuple[str, State]]:
        if state.started < len(self.found) and None not in state.runs[:slot]:
            run = Run(Step.SWEEP, self.found[state.started])
            yield f"{slot} begins", at(state._replace(started=state.started + 1), slot, run)

    def _leases_over(self, state: State) -> Iterator[tuple[str, State]]:
        for key, row in enumerate(state.rows):
            if row is None or row.state != CLAIMED or row.is_over:
                continue
            over = state._replace(rows=put(state.rows, key, row._replace(is_over=True)))
            if row.owner == NOBODY or not self.lease_outlasts_run:
                yield f"lease of {key} ends", over
            elif state.spent.zombies < self.budget.zombies:
                spent = state.spent._replace(zombies=state.spent.zombies + 1)
                yield f"lease of {key} ends under {row.owner}", over._replace(spent=spent)

    def _done(self, state: State, slot: int, run: Run) -> Iterator[tuple[str, State]]:
        """Make a run's next call; then let its answer, or the call itself, get lost."""
        what = f"{slot} {run.step.name.lower()} {run.alerts[0].key}"
        done, following = self._called(state, slot, run)
        yield what, at(done, slot, following)
        failed = run.next_alert(is_told=False)
        if run.step is Step.SWEEP:
            return
        if run.step is Step.CONFIRM:
            yield f"{what}: conflict", at(state, slot, run._replace(step=Step.CONFIRM_ALONE))
        if run.step is Step.PUBLISH and state.spent.refusals < self.budget.refusals:
            spent = state.spent._replace(refusals=state.spent.refusals + 1)
            yield f"{what}: refused", at(state._replace(spent=spent), slot, run._replace(step=Step.RELEASE))
        if state.spent.faults < self.budget.faults:
            faults = state.spent.faults + 1
            for effect, words in ((state, "lost before"), (done, "lost after")):
                spent = effect.spent._replace(faults=faults)
                seen = effect._replace(spent=spent, written=state.written)
                yield f"{what}: {words}", at(seen, slot, failed)

    def _called(self, state: State, slot: int, run: Run) -> tuple[State, Run | None]:
        alert, rows = run.alerts[0], state.rows
        match run.step:
            case Step.SWEEP:
                return state, Run(Step.CLAIM, (*owed(rows), *run.alerts))
            case Step.CLAIM:
                return self._claimed(state, slot, run)
            case Step.PUBLISH:
                return self._published(state, run)
            case Step.RELEASE:
                released = release(rows, alert.key, slot, self.rules)
                return state._replace(rows=released), run.next_alert(is_told=False)
            case Step.SETTLE:
                settled = settle(rows, alert.key, run.lower)
                return state._replace(rows=settled), run.next_alert(is_told=True)
            case _:
                return self._confirmed(state, slot, run)

    def _claimed(self, state: State, slot: int, run: Run) -> tuple[State, Run | None]:
        alert, before = run.alerts[0], state.rows[run.alerts[0].key]
        if self.order is Order.SEND_THEN_MARK and (before is None or before.state == CLAIMED):
            return state, run._replace(step=Step.PUBLISH, lower=alert.lower | alert.alongside, attempt=1)
        rows, answer = claim(state.rows, alert, slot)
        if answer.state == PENDING:
            return state, run.next_alert(is_told=False)
        if answer.state != CLAIMED:
            following = run._replace(step=Step.SETTLE, lower=answer.lower)
            return state, following if answer.lower else run.next_alert(is_told=True)
        is_stolen = before is not None and before.owner != slot and is_sending(state, before, alert.key)
        first = Step.CONFIRM if self.order is Order.MARK_THEN_SEND else Step.PUBLISH
        following = run._replace(step=first, lower=answer.lower, attempt=answer.attempt)
        rewritten = state.rewritten or alert.key in state.written
        taken = state._replace(rows=rows, stolen=state.stolen + is_stolen, rewritten=rewritten)
        return taken, following

    def _published(self, state: State, run: Run) -> tuple[State, Run | None]:
        key = run.alerts[0].key
        copies = (*state.copies[:key], state.copies[key] + 1, *state.copies[key + 1 :])
        unsaid = state.unsaid or (state.copies[key] > 0 and run.attempt == 1)
        told = state._replace(copies=copies, told=state.told | {key} | run.lower, unsaid=unsaid)
        if self.order is Order.MARK_THEN_SEND:
            return told, run.next_alert(is_told=True)
        return told, run._replace(step=Step.CONFIRM if run.lower else Step.CONFIRM_ALONE)

    def _confirmed(self, state: State, slot: int, run: Run) -> tuple[State, Run | None]:
        key = run.alerts[0].key
        lower = run.lower if run.step is Step.CONFIRM else NOTHING
        rows = confirm(state.rows, key, slot, lower, self.rules)
        done = state._replace(rows=rows, written=state.written | {key})
        if self.order is Order.MARK_THEN_SEND:
            return done._replace(written=NOTHING), run._replace(step=Step.PUBLISH)
        return done, run.next_alert(is_told=True)
