"""Looks again at the alerts that another run was sending."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta

from cloudflare_budgets.check.delivery import TIME_TO_DELIVER, AlertDelivery
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.run.result import AlertReport, AlertState, Report
from cloudflare_budgets.errors import RetryableError

# How long to wait before each look at the alerts that another run is sending.
_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0, 1, 2, 4))


def look_again(report: Report, claimed: Iterable[AlertKey], delivery: AlertDelivery) -> Report:
    """Look again at alerts that another run was sending; the run fails if one is not sent."""
    found = {*claimed, *(each.alert.key for each in report.all_alerts if each.state is AlertState.CLAIMED)}
    left = _still_claimed(found, delivery)

    def settled(alerts: tuple[AlertReport, ...]) -> tuple[AlertReport, ...]:
        return tuple(_settled(each, left) for each in alerts)

    pending = None if report.still_pending is None else report.still_pending - (found - left)
    failures = (f"alert {key.alert_id} is still being sent by another run" for key in left)
    accounts = tuple(replace(account, alerts=settled(account.alerts)) for account in report.accounts)
    looked = replace(report, accounts=accounts, alerts=settled(report.alerts), still_pending=pending)
    return looked.with_failures(*failures) if found else report


def _settled(report: AlertReport, left: Collection[AlertKey]) -> AlertReport:
    if report.state is not AlertState.CLAIMED:
        return report
    return replace(report, state=AlertState.OWED if report.alert.key in left else AlertState.ALREADY_SENT)


def _still_claimed(keys: Iterable[AlertKey], delivery: AlertDelivery) -> set[AlertKey]:
    left = set(keys)
    for pause in _PAUSES:
        if not left or delivery.time_left() < TIME_TO_DELIVER + pause:
            break
        delivery.sleep(pause.total_seconds())
        try:
            left = {key for key in left if not delivery.outbox.is_settled(key)}
        except RetryableError:  # the table does not answer: look again
            continue
    return left
