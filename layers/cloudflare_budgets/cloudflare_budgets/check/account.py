"""One account's part of a check: evaluate its budgets, deliver its alerts, save its state."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.collect import CollectedAccount, Collector
from cloudflare_budgets.check.configuration import Configuration
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.new_alerts import looked_up
from cloudflare_budgets.check.sending import DeliveryOutcome, Resent, deliver_all
from cloudflare_budgets.check.state import (
    open_after,
    opened_for,
    save_account_standing,
    save_account_state,
    with_sent_ends,
)
from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.decision import Decision, decide, decide_without_usage
from cloudflare_budgets.domain.alerts.missed_period import missed_periods
from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts
from cloudflare_budgets.domain.alerts.open_alerts import renewed, switched_off_scopes
from cloudflare_budgets.domain.alerts.problem import REPORTED_MONTHLY, Problem
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.consistency import quality_issues
from cloudflare_budgets.domain.data_quality.unknown import month_of
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, evaluation_context
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.pricing.billed_rate import with_billed_rates
from cloudflare_budgets.domain.run.request import RunMode
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.run.state import judged_in_part, judged_whole
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.errors import (
    CloudflareBudgetsError,
    NonRetryableError,
    OutOfTimeError,
    RateLimitedError,
)
from cloudflare_budgets.messages.alerts.render import alerts_of, render
from cloudflare_budgets.messages.alerts.resolved import resolved_alert

logger = logging.getLogger(__name__)

# With less than this left, no further budget is evaluated: what was found must still be sent and saved.
TIME_TO_FINISH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Findings:
    """What a check decided about an account, and the alerts for it, problems aside."""

    decision: Decision
    report: AccountReport
    rendered: tuple[Alert, ...] = ()
    left_at: str | None = None


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """Checks the accounts of one run; `resent` is what became of alerts that earlier runs left."""

    configuration: Configuration
    mode: RunMode
    as_of: datetime
    resent: Resent
    shared_names: Collection[str]
    deps: Dependencies

    def run(self, watched: Sequence[tuple[Account, Sequence[Budget]]]) -> list[AccountReport]:
        """Read the accounts, several at a time, and check each."""
        deps = self.deps
        fresh = deps.fresh if self.mode.resolves else None  # analytics of a replayed day are not read
        shared, accounts = self.shared_names, deps.accounts
        collector = Collector(deps.usage, accounts, deps.time_left, self.as_of, fresh, shared)
        return [self._check(each) for each in collector.collect(watched)]

    def _check(self, collected: CollectedAccount) -> AccountReport:
        """Evaluate an account's budgets, deliver its alerts, and save its state for later runs."""
        account_id = collected.account.account_id
        try:
            return self._run(collected)
        except Exception as error:  # an unexpected error in one account must not affect the others
            logger.exception("unexpected error", extra={"account_id": account_id})
            failure = f"account {account_id}: unexpected {type(error).__name__}, see the log"
            return AccountReport(account_id, failures=(failure,), is_unexpected=True)

    def _run(self, collected: CollectedAccount) -> AccountReport:
        earlier = self._open_alerts(collected)
        found = self._decide(collected, earlier)
        problems = self._problems(collected, found.decision, earlier)
        report = replace(
            found.report,
            evaluations=found.decision.evaluations,
            problems=(*found.report.problems, *problems),
        )
        outcome = Outcome(earlier, {})
        has_all = found.left_at is None and self.configuration.knows_all_budgets
        if self._knows_ends(collected) and has_all:
            through = report.data_through
            outcome = resolutions(earlier, report.evaluations, report.problems, self.as_of, through)
        ends = (resolved_alert(resolution, report, self.as_of) for resolution in outcome.over.values())
        reported = () if self.mode.is_replay else problems
        alerts = (*found.rendered, *alerts_of(reported, self.as_of, self.deps.prefix, report), *ends)
        delivered = deliver_all(alerts, self.deps.delivery, dry_run=not self.mode.sends)
        failures = (*report.failures, *collected.failures, *delivered.failures)
        if self.mode.saves_state:
            failures += self._save(collected, outcome, delivered, found.left_at)
        report = replace(report, alerts=delivered.alerts, failures=failures)
        return save_account_standing(
            report, self.mode, self.as_of, self.deps.standings, self.deps.standing_of
        )

    def _problems(
        self, collected: CollectedAccount, decision: Decision, earlier: OpenAlerts
    ) -> tuple[Problem, ...]:
        account_id, judged_through = collected.account.account_id, collected.state.judged_through
        found = decision.problems
        return (
            *self.configuration.problems_of(collected.account),
            *(renewed(found, earlier, self.as_of) if self.mode.resolves else found),
            *missed_periods(collected.budgets, account_id, judged_through, self.as_of),
        )

    def _save(
        self, collected: CollectedAccount, outcome: Outcome, delivered: DeliveryOutcome, left_at: str | None
    ) -> tuple[str, ...]:
        late = opened_for(collected, self.resent.sent, self.as_of)
        open_alerts = open_after(outcome, late, delivered.alerts)
        state = replace(collected.state, open_alerts=open_alerts, left_at=left_at)
        if isinstance(collected.usage, Usage):
            through = judged_in_part(state.judged_through, self.as_of)
            if left_at is None and self._could_send_all(collected, delivered):
                through = judged_whole(state.judged_through, collected.usage, self.as_of)
            off = switched_off_scopes(collected.budgets, collected.usage, open_alerts, state.switched_off)
            state = replace(state, judged_through=through, switched_off=off)
        elif collected.is_state_known:  # after an outage, periods are evaluated since the first attempt
            state = replace(state, judged_through=judged_in_part(state.judged_through, self.as_of))
        return save_account_state(collected, state, self.as_of, self.deps.accounts)

    def _could_send_all(self, collected: CollectedAccount, delivered: DeliveryOutcome) -> bool:
        """Return whether the account has no alert left to send, from this run or an earlier one."""
        is_settled = self.resent.is_settled_for(collected.account.account_id)
        return is_settled and not delivered.has_unsent and not self.deps.delivery.is_held

    def _decide(self, collected: CollectedAccount, earlier: OpenAlerts) -> _Findings:
        usage = collected.usage
        if not isinstance(usage, Usage):
            return _without_usage(collected, usage, self.as_of)
        context = self._context(collected, usage)
        budgets, evaluations = self._evaluate(collected, context)
        known, off = earlier if self.mode.resolves else {}, collected.state.switched_off
        decision = decide(budgets, context, known, evaluations, off)
        decision = looked_up(decision, collected, self.deps)
        rendered = render(decision, context, self.deps.prefix)
        report = AccountReport(
            usage.account_id,
            usage.source,
            usage.data_through,
            account_name=usage.account_name,
            is_name_shared=usage.is_name_shared,
            fresh_through=collected.fresh.through if collected.fresh and collected.fresh.days else None,
            fresh_quality=context.fresh_quality,
        )
        return _without_rest(_Findings(decision, report, rendered), collected, len(budgets), self.as_of)

    def _evaluate(
        self, collected: CollectedAccount, context: EvaluationContext
    ) -> tuple[list[Budget], list[Evaluation]]:
        """Evaluate one budget, and more while there is time; those that were left out come first."""
        budgets: list[Budget] = []
        evaluations: list[Evaluation] = []
        for budget in _from_left(collected):
            if budgets and self.deps.time_left() < TIME_TO_FINISH:
                break
            evaluations += evaluate([budget], context)
            budgets.append(budget)
        return budgets, evaluations

    def _context(self, collected: CollectedAccount, usage: Usage) -> EvaluationContext:
        # A replay must not use what later runs stored.
        trace = None if self.mode.is_replay else collected.state.trace
        return evaluation_context(
            usage,
            self.as_of,
            history=collected.history,
            history_since=collected.past.since,
            prices=with_billed_rates(self.configuration.prices, collected.state.billed_rates),
            issues=quality_issues(usage, self.as_of, trace, collected.history),
            stale_after=self.deps.stale_after,
            fresh=collected.fresh,
            fresh_history=collected.state.fresh_history,
            judged_through=collected.state.judged_through,
        )

    def _open_alerts(self, collected: CollectedAccount) -> OpenAlerts:
        earlier = collected.state.open_alerts
        return with_sent_ends(earlier, self.deps.delivery.outbox) if self._knows_ends(collected) else earlier

    def _knows_ends(self, collected: CollectedAccount) -> bool:
        """Return whether a missing condition is over, which needs usage, and of the present day."""
        return isinstance(collected.usage, Usage) and self.mode.resolves


def _from_left(collected: CollectedAccount) -> list[Budget]:
    """Return an account's budgets, starting with the first one that the last run left out."""
    left_at = collected.state.left_at or ""
    ordered = sorted(collected.budgets, key=lambda budget: budget.name)
    return sorted(ordered, key=lambda budget: budget.name < left_at)


def _without_rest(found: _Findings, collected: CollectedAccount, done: int, as_of: datetime) -> _Findings:
    """Add the budgets for which no time was left: they are `unknown`, and the run fails."""
    left = _from_left(collected)[done:]
    if not left:
        return found
    reason = f"too little time was left to evaluate {len(left)} budgets; the next run begins with them"
    rest = decide_without_usage(left, as_of, reason).evaluations
    decision = replace(found.decision, evaluations=(*found.decision.evaluations, *rest))
    failure = f"account {found.report.account_id}: {reason}"
    report = replace(found.report, failures=(*found.report.failures, failure))
    return replace(found, decision=decision, report=report, left_at=left[0].name)


def _without_usage(collected: CollectedAccount, error: CloudflareBudgetsError, as_of: datetime) -> _Findings:
    account_id = collected.account.account_id
    kind = error.kind if isinstance(error, NonRetryableError) else "usage_unavailable"
    since = month_of(as_of) if kind in REPORTED_MONTHLY else None
    problem = Problem(kind, account_id, str(error), account_id, since)
    decision = decide_without_usage(collected.budgets, as_of, str(error))
    if isinstance(error, NonRetryableError):
        return _Findings(replace(decision, problems=(problem,)), AccountReport(account_id))
    # A retry may fix it: the problem is reported, but the failing run replaces an alert for it.
    failure = f"account {account_id}: {error}"
    was_begun = not isinstance(error, OutOfTimeError | RateLimitedError)
    report = AccountReport(
        account_id,
        problems=(problem,),
        failures=(failure,),
        was_begun=was_begun,
        retry_at=error.until if isinstance(error, RateLimitedError) else None,
    )
    return _Findings(decision, report)
