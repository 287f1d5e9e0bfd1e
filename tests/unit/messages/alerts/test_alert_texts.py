"""Each kind of mail, verbatim, from three weeks of an account; a crossing's is in test_crossing_alert."""

import re
from collections.abc import Callable

import pytest

from tests.support.fakes import Published
from tests.unit.messages.alerts.each_kind import (
    of_a_closed_period,
    of_a_digest,
    of_a_new_metric,
    of_a_problem,
    of_a_problem_gone,
    of_a_raised_limit,
    of_a_spike,
)

SUBJECT_SPIKE = (
    "R2 Storage Class A Operations: 1,830,000 Operations on 21 Nov, 20 times the usual - Bicycle shop"
)
MAIL_SPIKE = """\
R2 Storage Class A Operations: 1,830,000 Operations on 21 Nov, 20 times the usual

Saturday 21 Nov: 1,830,000 Operations, usually 92,595, unusual for 2 days since 20 Nov.
Worth 7.82 USD a day more than usual, once allowances are used up; 234.55 USD in 30 days if it continues.

What to do
- Unintended? Stop the loop, cron or deployment.
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
- Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/spend

Metric: r2_storage_class_a_operations
Budget: spend
Account: Bicycle shop (023e105f)
Next alert: only after two days of usual usage
data through 21 Nov, usage API V2
Alert {alert_id}
"""
SUBJECT_NEW_METRIC = "New metric in use: D1 - Rows Written, 12,810,000 Rows on 21 Nov - Bicycle shop"
MAIL_NEW_METRIC = """\
New metric in use: D1 - Rows Written, 12,810,000 Rows on 21 Nov

Not used on the 20 days before.
Worth 12.81 USD a day by its price, once allowances are used up; 384.30 USD in 30 days if it continues.

What to do
- Check whether this product is meant to be in use. If it is not, see who switched it on.
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage
- Change or mute ("muted_until") this budget: parameter /cloudflare-budgets/budgets/spend

Metric: d1_rows_written
Budget: spend
Account: Bicycle shop (023e105f)
Next alert: never for this metric
data through 21 Nov, usage API V2
Alert {alert_id}
"""
SUBJECT_PROBLEM = "Problem: budget mistaken is invalid and is not watched"
MAIL_PROBLEM = """\
Problem: budget mistaken is invalid and is not watched

/cloudflare-budgets/budgets/mistaken: treshold: found an unknown key, expected one of limit, column, description, \
account_id, period, scope, thresholds, alert_on, muted_until, enabled, $schema; did you mean "thresholds"?
Until this is corrected, spending can grow without an alert.

What to do
- Correct the budget: aws ssm put-parameter --overwrite --type String --name /cloudflare-budgets/budgets/mistaken \
--value '{...}'

Account: Bicycle shop (023e105f)
Kind: invalid_budget
Next alert: once a day while the problem lasts
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines
SUBJECT_RESOLVED = "Resolved: spend within: 56.30 of 200 USD (28 %) - Bicycle shop"
MAIL_RESOLVED = """\
Resolved: spend within: 56.30 of 200 USD (28 %)

The limit was changed from 50 USD.

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Period: 1 to 30 Nov 2026 (UTC), 9 days left
Account: Bicycle shop (023e105f)
Costs: without fixed fees and tax
Ends: alert {resolved_id}
data through 21 Nov, usage API V2
Alert {alert_id}
"""
SUBJECT_PROBLEM_GONE = "Resolved: budget mistaken is watched again - Bicycle shop"
MAIL_PROBLEM_GONE = """\
Resolved: budget mistaken is watched again

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Account: Bicycle shop (023e105f)
Ends: alert {resolved_id}
data through 21 Nov, usage API V2
Alert {alert_id}
"""
SUBJECT_PERIOD_CLOSED = (
    "Closed 1 to 30 Nov 2026: r2 over limit, 34.41 of 10 USD (344 %), and 4 more - Bicycle shop"
)
MAIL_PERIOD_CLOSED = """\
Closed 1 to 30 Nov 2026: r2 over limit, 34.41 of 10 USD (344 %), and 4 more

Usage that arrives late may still change it a little. The invoice is final.

What to do
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

r2 over limit: 34.41 of 10 USD (344 %)
kv over limit: 32,088,000 of 20,000,000 Operations (160 %)
spend over limit: 65.43 of 50 USD (130 %)
workers passed 50 %: 21,392,000 of 40,000,000 Requests (53 %)
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency

Period: 1 to 30 Nov 2026 (UTC)
Account: Bicycle shop (023e105f)
Costs: without fixed fees and tax
data through 1 Dec, usage API V2
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines
SUBJECT_DIGEST = "Digest 22 Nov: 5 budgets, 3 over limit, 1 unknown, 2 problems"
MAIL_DIGEST = """\
Digest 22 Nov: 5 budgets, 3 over limit, 1 unknown, 2 problems

Bicycle shop: 56.30 of 50 USD (112 %) so far, forecast 174 USD (165-183)
Checked 168 times since 15 Nov, 3 alerts sent.

What to do
- Report with charts (the link works for some hours): https://bucket.example.com/report-1.html
- Cloudflare's own figures: https://dash.cloudflare.com/?to=/:account/billing/billable-usage

Bicycle shop (data through 21 Nov, usage API V2)
r2 over limit: 34.41 of 10 USD (344 %), forecast 142 USD (133-151) ▁▁▁▁▁▁▁▁▁▁▁▁█▅
kv over limit: 22,644,000 of 20,000,000 Operations (113 %), forecast 32,083,419 Operations (31,673,563-32,511,880), \
muted until 1 Dec 2026 ▅▇▇███▅▅▇▇███▅
spend over limit: 56.30 of 50 USD (112 %), forecast 174 USD (165-183) ▁▂▂▂▂▂▁▁▂▂▂▂█▅
europe unknown: the limit is in EUR, but Cloudflare bills in USD (kv_read_operations): write `limit` in that currency
Week over week: R2 21.67 USD more (+510 %)
1 other below 50 %

Problems
budget mistaken is invalid and is not watched
budget europe does not fit the currency of its usage

Costs: without fixed fees and tax
Alert {alert_id}
"""  # noqa: E501 - a mail program wraps its lines
GOLDEN = {
    of_a_spike: (SUBJECT_SPIKE, MAIL_SPIKE),
    of_a_new_metric: (SUBJECT_NEW_METRIC, MAIL_NEW_METRIC),
    of_a_problem: (SUBJECT_PROBLEM, MAIL_PROBLEM),
    of_a_raised_limit: (SUBJECT_RESOLVED, MAIL_RESOLVED),
    of_a_problem_gone: (SUBJECT_PROBLEM_GONE, MAIL_PROBLEM_GONE),
    of_a_closed_period: (SUBJECT_PERIOD_CLOSED, MAIL_PERIOD_CLOSED),
    of_a_digest: (SUBJECT_DIGEST, MAIL_DIGEST),
}


def without_ids(body: str) -> str:
    """Put placeholders for the alert's own identity and that of the alert it ends."""
    body = re.sub(r"^Alert [0-9a-f]{32}$", "Alert {alert_id}", body, flags=re.MULTILINE)
    return re.sub(r"^Ends: alert [0-9a-f]{32}$", "Ends: alert {resolved_id}", body, flags=re.MULTILINE)


@pytest.mark.parametrize("told", GOLDEN, ids=lambda told: told.__name__)
def test_each_mail_reads_as_it_should(told: Callable[[], Published]) -> None:
    message = told()
    subject, body = GOLDEN[told]
    assert message.subject == subject
    assert without_ids(message.body) == body
