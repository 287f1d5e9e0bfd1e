"""What a digest lists: everything if it fits into a message, else a fair part per account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.run.standing import current
from cloudflare_budgets.messages.alerts.documents import (
    ListedBudget,
    account_document,
    brief_size,
    list_within,
    whole_size,
)
from cloudflare_budgets.messages.size_limits import fair_shares, json_text, size

# At most this many accounts are listed, those with problems first; budgets of one account, and of all.
ACCOUNTS_SHOWN = 100
BUDGETS_SHOWN = 40
BUDGETS_IN_ALL = 160
MAX_NOTE = 200
# In bytes, for all accounts; and the size of an account without its name and its budgets.
_ROOM = 125_000
_FRAME = 120


@dataclass(frozen=True, slots=True)
class AccountContents:
    """An account in a digest: its budgets, the fullest first, and those that its JSON lists.

    `acknowledged` are documents of who acknowledged the newest alerts about these budgets.
    """

    account: AccountReport
    found: Sequence[Evaluation]
    shown: Sequence[ListedBudget]
    acknowledged: Sequence[Mapping[str, str]]

    @property
    def more(self) -> int:
        """How many budgets the JSON leaves out."""
        return len(self.found) - len(self.shown)


@dataclass(frozen=True, slots=True)
class Contents:
    """The accounts that a digest lists; `more_budgets` are left out, of any account."""

    accounts: Sequence[AccountContents]
    more_accounts: int
    more_budgets: int


def contents_of(digest: Digest) -> Contents:
    """Choose what is listed, with a fair share of the room for the budgets of each account."""
    standing = [(account, current(account, digest.as_of)) for account in digest.report.accounts]
    standing.sort(key=lambda each: not _needs_attention(*each))
    listed = standing[:ACCOUNTS_SHOWN]
    wanted = [min(len(found), BUDGETS_SHOWN) for _, found in listed]
    counts = fair_shares(wanted, BUDGETS_IN_ALL)
    first = [found[:count] for (_, found), count in zip(listed, counts, strict=True)]
    entries = [_acknowledged(account, each, digest) for (account, _), each in zip(listed, first, strict=True)]
    rooms = _rooms(listed, first, sum(size(json_text(each)) for found in entries for each in found))
    sections = [
        AccountContents(account, found, list_within(candidates, room), acknowledged)
        for (account, found), candidates, room, acknowledged in zip(
            listed, first, rooms, entries, strict=True
        )
    ]
    in_all = sum(len(found) for _, found in standing)
    shown = sum(len(section.shown) for section in sections)
    return Contents(sections, len(standing) - len(listed), in_all - shown)


def acknowledgement_document(budget: str, found: Acknowledgement) -> Mapping[str, str]:
    """Describe who acknowledged the newest alert about a budget, when and why."""
    return {
        "budget": budget,
        "by": sanitize(found.by),
        "at": utc_text(found.at),
        "note": sanitize(found.note, MAX_NOTE),
    }


def is_missed(account: AccountReport) -> bool:
    """Return whether a run could not check an account."""
    return bool(account.failures) and not account.evaluations


def _needs_attention(account: AccountReport, found: Sequence[Evaluation]) -> bool:
    are_within = all(evaluation.status is Status.OK for evaluation in found)
    return bool(account.failures or account.problems) or not are_within


def _acknowledged(
    account: AccountReport, budgets: Sequence[Evaluation], digest: Digest
) -> list[Mapping[str, str]]:
    names = dict.fromkeys(each.budget.name for each in budgets)
    found = ((name, digest.acknowledged.get((account.account_id, name))) for name in names)
    return [acknowledgement_document(name, each) for name, each in found if each]


def _rooms(
    listed: Sequence[tuple[AccountReport, object]], budgets: Sequence[Sequence[Evaluation]], taken: int
) -> list[int]:
    taken += sum(size(json_text(account_document(account))) + _FRAME for account, _ in listed)
    brief = [sum(brief_size(evaluation) for evaluation in each) for each in budgets]
    whole = [sum(whole_size(evaluation) for evaluation in each) for each in budgets]
    # Every budget gets its brief document before any gets its whole document.
    first = fair_shares(brief, _ROOM - taken)
    more = [most - least for most, least in zip(whole, brief, strict=True)]
    then = fair_shares(more, _ROOM - taken - sum(first))
    return [least + rest for least, rest in zip(first, then, strict=True)]
