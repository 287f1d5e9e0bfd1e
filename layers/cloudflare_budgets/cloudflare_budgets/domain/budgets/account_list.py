"""The accounts of one token: those that Cloudflare lists, and those that vanished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.account import is_account_pattern
from cloudflare_budgets.domain.budgets.budget import matches

# Less than a day, so that one hourly check a day requests the list, even if it starts minutes earlier.
RENEWED_AFTER = timedelta(hours=23)
# A list that could not be renewed for this long makes the run fail.
GIVEN_UP_AFTER = timedelta(days=2)
# A vanished account is reported for this long, which sends one alert even if some runs fail.
REPORTED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account of a list. `since` is when it was found, `None` if it was in the first list."""

    name: str | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountList:
    """The accounts of one token by id, as of `listed_at`.

    `version` is that of the token's parameter. `vanished` are accounts that Cloudflare listed before; their
    `since` is when they were missing first.
    """

    version: int
    listed_at: datetime
    accounts: Mapping[str, ListedAccount] = field(default_factory=dict)
    vanished: Mapping[str, ListedAccount] = field(default_factory=dict)

    def is_recent(self, version: int, now: datetime) -> bool:
        """Return whether the list is used without a request; a changed parameter is listed at once."""
        return self.version == version and now - self.listed_at < RENEWED_AFTER


def renewed(
    earlier: AccountList | None,
    selection: Sequence[str],
    listed: Mapping[str, str],
    version: int,
    now: datetime,
) -> AccountList:
    """Return the list after Cloudflare was asked.

    Args:
        earlier: the list before, if there was one.
        selection: ids, which need not be listed, and patterns of listed ids and names.
        listed: what Cloudflare lists: names by id.
        version: the version of the token's parameter.
        now: the instant of the request.
    """
    patterns = [each for each in selection if is_account_pattern(each)]
    ids = dict.fromkeys(each for each in selection if not is_account_pattern(each))
    ids |= dict.fromkeys(each for each in listed if patterns and matches(patterns, (each, listed[each])))
    known = earlier.accounts if earlier else {}
    found_now = now if earlier else None
    accounts = {
        each: ListedAccount(listed.get(each) or None, known[each].since if each in known else found_now)
        for each in ids
    }
    missing = {
        each: ListedAccount(known[each].name, now)
        for each in known
        if each not in listed and each not in accounts
    }
    return AccountList(version, now, accounts, {**_still_missing(earlier, listed, now), **missing})


def _still_missing(
    earlier: AccountList | None, listed: Mapping[str, str], now: datetime
) -> Mapping[str, ListedAccount]:
    vanished = earlier.vanished if earlier else {}
    return {
        account_id: account
        for account_id, account in vanished.items()
        if account_id not in listed and account.since and now - account.since < REPORTED_FOR
    }
