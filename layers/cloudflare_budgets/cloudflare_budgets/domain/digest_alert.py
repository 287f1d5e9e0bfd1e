"""The alert that carries a digest: its identity, and the JSON for machines."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, Severity, digest_key
from cloudflare_budgets.domain.alert_document import account_document
from cloudflare_budgets.domain.digest import PROBLEMS_SHOWN, Digest
from cloudflare_budgets.domain.digest_contents import Contents, Section, contents_of
from cloudflare_budgets.domain.digest_text import digest_body, digest_subject
from cloudflare_budgets.domain.period import midnight, utc_text
from cloudflare_budgets.domain.run_log import week_start
from cloudflare_budgets.domain.wording import one_line


def digest_alert(digest: Digest) -> Alert:
    """Render a digest; there is one a day at most."""
    key = digest_key(midnight(digest.as_of))
    contents = contents_of(digest)
    return Alert(
        key=key,
        type=AlertType.DIGEST,
        severity=Severity.INFO,
        subject=digest_subject(digest),
        body=digest_body(digest, contents, key.alert_id),
        document=_document(digest, contents, key.alert_id),
        expires=digest.as_of + REMEMBERED_FOR,
        label=f"{digest.as_of:%Y-%m-%d}",
    )


def _document(digest: Digest, contents: Contents, alert_id: str) -> Mapping[str, Any]:
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.DIGEST.value,
        "severity": Severity.INFO.value,
        "account": None,
        "since": utc_text(week_start(digest.as_of)),
        "until": utc_text(digest.as_of),
        "checks": {"complete": digest.week.complete, "incomplete": digest.week.incomplete},
        "alerts": digest.week.alerts,
        "accounts": [_account_document(section) for section in contents.sections],
        "more_accounts": contents.more_accounts,
        "more_budgets": contents.more_budgets,
        "problems": [
            {"kind": each.kind, "subject": one_line(each.subject), "message": one_line(each.message, 500)}
            for each in digest.report.all_problems[:PROBLEMS_SHOWN]
        ],
        "report_url": digest.link,
    }


def _account_document(section: Section) -> Mapping[str, Any]:
    account = section.account
    return {
        "account": account_document(account),
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "source": account.source,
        "budgets": [told.document for told in section.shown],
        "more": section.more,
    }
