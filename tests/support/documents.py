"""Alerts as subscribers get them: one of each type, to be changed in what a test is about."""

from typing import Any

from tests.support.builders import ACCOUNT_ID

_BUDGET = {
    "name": "workers",
    "description": "",
    "limit": {"amount": "50", "unit": "USD"},
    "column": "BilledCost",
    "scope": {},
    "period": "month",
    "allowance_of": None,
    "allowance_percent": None,
}
_ENVELOPE = {
    "version": "1",
    "alert_id": "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1",
    "severity": "warning",
    "attempt": 1,
    "account": {"id": ACCOUNT_ID, "name": "Example account"},
}


def crossed(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the alert of a budget of 50 USD at 82.4 %."""
    return {
        **_ENVELOPE,
        "type": "threshold_crossed",
        "budget": _BUDGET,
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z", "estimated_end": False},
        "threshold": {"percent": "80", "amount": "40", "basis": "actual"},
        "also_crossed": [{"percent": "50", "amount": "25", "basis": "actual"}],
        "observed": {"amount": "41.2", "unit": "USD"},
        "percent_of_limit": "82.4",
        "forecast": {
            "amount": "57.4",
            "low": "56.5617070174",
            "high": "58.2382929826",
            "if_last_days_continue": "67.6",
            "unit": "USD",
            "percent_of_limit": "114.8",
            "complete_days": 21,
            "early": False,
            "level_has_shifted": False,
            "left_out": [],
        },
        "drivers": [
            driver("Durable objects requests", "30.1", "73.1"),
            driver("Workers standard requests", "11.1", "26.9"),
        ],
        "allowances": [],
        "data_through": "2026-11-22T00:00:00Z",
        "source": "v2",
        "cost_basis": "billed",
        "list_prices": None,
        "priced_by": None,
        "incomplete": None,
        **changed,
    }


def driver(name: str, amount: str, share: str) -> dict[str, str | None]:
    """Give one of the metrics that an observed amount comes from."""
    return {
        "metric_id": name.lower().replace(" ", "_"),
        "name": name,
        "zone": None,
        "amount": amount,
        "unit": "USD",
        "share": share,
        "last_day": None,
        "day_before": None,
        "data_through": "2026-11-22T00:00:00Z",
    }


def spike(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the alert of a metric at ten times the usual, for two days."""
    return {
        **_ENVELOPE,
        "type": "spike",
        "budget": _BUDGET,
        "metric": {"metric_id": "r2_class_a_operations", "name": "R2 class A operations"},
        "since": "2026-11-20T00:00:00Z",
        "day": "2026-11-21T00:00:00Z",
        "days": 2,
        "observed": {"amount": "12000000", "unit": "Operations"},
        "usual": {"amount": "1200000", "unit": "Operations"},
        "worth": {"amount": "48.6", "unit": "USD"},
        "if_it_goes_on": {"amount": "1458", "unit": "USD"},
        "data_through": "2026-11-22T00:00:00Z",
        "source": "v1",
        **changed,
    }


def new_metric(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Return the alert for a metric without a price that was never used before."""
    return spike(type="new_metric", usual=None, worth=None, if_it_goes_on=None) | changed


def problem(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the alert of a budget that cannot be used."""
    return {
        **_ENVELOPE,
        "type": "problem",
        "account": None,
        "problem": {
            "kind": "invalid_budget",
            "subject": "/cloudflare-budgets/budgets/mistaken",
            "message": "treshold: there is no such key; perhaps thresholds",
        },
        "day": "2026-11-22T00:00:00Z",
        **changed,
    }


def standing(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of it
    """Give where the budget of 50 USD stands, at 41.2 %."""
    return {
        "budget": _BUDGET,
        "status": "ok",
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z", "estimated_end": False},
        "observed": {"amount": "20.6", "unit": "USD"},
        "percent_of_limit": "41.2",
        "forecast": None,
        "cost_basis": "billed",
        "reason": None,
        "muted_until": None,
        **changed,
    }


def brief_standing() -> dict[str, Any]:
    """Return the same budget as it is written into a shortened alert."""
    whole = standing(truncated=True)
    del whole["forecast"]
    budget = {key: value for key, value in _BUDGET.items() if key not in ("description", "scope")}
    return {**whole, "budget": budget}


def resolved(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the alert that the budget of 50 USD is below its thresholds again."""
    return {
        **_ENVELOPE,
        "type": "resolved",
        "severity": "info",
        "resolves": "0" * 32,
        "reason": "usage_restated",
        "problem": None,
        "standing": standing(),
        "data_through": "2026-11-22T00:00:00Z",
        "source": "v2",
        **changed,
    }


def period_closed(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the alert that November is over."""
    return {
        **_ENVELOPE,
        "type": "period_closed",
        "severity": "info",
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"},
        "budgets": [standing()],
        "more": 0,
        "data_through": "2026-12-03T00:00:00Z",
        "source": "v2",
        **changed,
    }


def digest(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give the digest of a quiet week."""
    return {
        **_ENVELOPE,
        "type": "digest",
        "severity": "info",
        "account": None,
        "since": "2026-11-15T00:00:00Z",
        "until": "2026-11-22T10:00:00Z",
        "checks": {"complete": 168, "incomplete": 0},
        "alerts": 1,
        "accounts": [
            {
                "account": {"id": ACCOUNT_ID, "name": "Example account"},
                "data_through": "2026-11-22T00:00:00Z",
                "source": "v2",
                "budgets": [standing(), brief_standing()],
                "more": 0,
            }
        ],
        "more_accounts": 0,
        "more_budgets": 0,
        "problems": [{"kind": "stale_data", "subject": ACCOUNT_ID, "message": "old"}],
        "report_url": None,
        **changed,
    }


def truncated(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """Give what is left of a crossing that is too long to send."""
    return {
        **_ENVELOPE,
        "type": "threshold_crossed",
        "budget": {"name": "workers"},
        "truncated": True,
        **changed,
    }
