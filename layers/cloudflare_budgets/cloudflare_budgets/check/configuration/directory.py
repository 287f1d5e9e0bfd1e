"""Which accounts are configured: those with their own token, and those of shared tokens."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cloudflare_budgets.configuration_ports import AccountLister, AccountListStore, ConfigurationSource
from cloudflare_budgets.domain.alerts.problem import ACCOUNT_VANISHED, ACCOUNTS_NOT_LISTED, Problem
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
    is_account_pattern,
)
from cloudflare_budgets.domain.budgets.account_list import GIVEN_UP_AFTER, AccountList, ListedAccount, renewed
from cloudflare_budgets.errors import (
    AccessDeniedError,
    CloudflareBudgetsError,
    NonRetryableError,
    RetryableError,
    StateUnreadableError,
)

_NAMED = 10

Found = Account | AccountReference | InvalidAccount


@dataclass(frozen=True, slots=True)
class KnownAccounts:
    """The configured accounts: with their credential, as a reference, or why unusable.

    `problems` and `failures` are those of finding them.
    """

    found: tuple[Found, ...] = ()
    problems: tuple[Problem, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def names(self) -> Mapping[str, str | None]:
        """The name of every account by its id, with or without a usable credential."""
        return {one.account_id: one.name for one in self.found if one.account_id is not None}

    @property
    def references(self) -> tuple[AccountReference, ...]:
        """The accounts whose credential was not read."""
        return tuple(one for one in self.found if isinstance(one, AccountReference))


@dataclass(frozen=True, slots=True)
class _Listing:
    """What is known about the accounts of one shared token."""

    parameter: str
    accounts: Mapping[str, ListedAccount] = field(default_factory=dict)
    vanished: Mapping[str, ListedAccount] = field(default_factory=dict)
    invalid: InvalidAccount | None = None
    problems: tuple[Problem, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountDirectory:
    """Finds the configured accounts; the list of a shared token is stored and renewed daily.

    Without `saves`, a list is renewed for this run alone. Without `renews`, lists are used as stored, and no
    token is read.
    """

    configuration: ConfigurationSource
    lister: AccountLister | None
    lists: AccountListStore | None
    now: datetime
    saves: bool = True
    renews: bool = True

    def references(self) -> KnownAccounts:
        """Return every account without its credential.

        Raises:
            RetryableError: Parameter Store could not be read.
        """
        return self._with_shared(self.configuration.references())

    def accounts(self) -> KnownAccounts:
        """Return every account with its credential; each shared token is read once.

        Raises:
            RetryableError: Parameter Store could not be read.
        """
        known = self._with_shared(self.configuration.accounts())
        return replace(known, found=tuple(self._with_credentials(known.found)))

    def account(self, account_id: str) -> KnownAccounts:
        """Return one account with its credential, and all others without theirs.

        Raises:
            RetryableError: Parameter Store could not be read.
        """
        known = self.references()
        return replace(known, found=tuple(self._read_one(each, account_id) for each in known.found))

    def _with_credentials(self, found: Sequence[Found]) -> Iterator[Found]:
        tokens: dict[str, SharedToken | InvalidAccount] = {
            one.parameter: one for one in found if isinstance(one, InvalidAccount)
        }
        for one in found:
            if not isinstance(one, AccountReference):
                yield one
                continue
            if one.token not in tokens:
                tokens[one.token] = self.configuration.shared_token(one.token)
                if isinstance(invalid := tokens[one.token], InvalidAccount):
                    yield invalid  # once, not for each account
            match tokens[one.token]:
                case SharedToken(credential):
                    yield Account(one.account_id, credential, one.name, one.since)
                case _:
                    yield one

    def _read_one(self, one: Found, account_id: str) -> Found:
        if isinstance(one, AccountReference) and one.account_id == account_id:
            return self.configuration.account(one)
        return one

    def _with_shared(self, own: Sequence[Found]) -> KnownAccounts:
        listings = [self._listing(each) for each in self.configuration.shared_tokens()]
        listed = {
            account_id: AccountReference(account_id, listing.parameter, account.name, account.since)
            for listing in reversed(listings)
            for account_id, account in listing.accounts.items()
        }
        named = [_with_name(one, listed) for one in own]
        taken = {one.account_id for one in own}
        shared = [one for one in listed.values() if one.account_id not in taken]
        invalid = [listing.invalid for listing in listings if listing.invalid]
        found = (*named, *sorted(shared, key=lambda one: one.account_id), *invalid)
        known = {one.account_id for one in found}
        vanished = [problem for listing in listings for problem in _vanished(listing, known)]
        return KnownAccounts(
            found,
            (*vanished, *(problem for listing in listings for problem in listing.problems)),
            tuple(failure for listing in listings for failure in listing.failures),
        )

    def _listing(self, token: SharedTokenReference | InvalidAccount) -> _Listing:
        """Return the stored list of a token, or a new one if it is due."""
        if isinstance(token, InvalidAccount):
            return _Listing(token.parameter, invalid=token)
        stored, failures = self._stored(token.parameter)
        if stored and (not self.renews or stored.is_recent(token.version, self.now)):
            return _Listing(token.parameter, stored.accounts, stored.vanished)
        if not self.renews:
            return _Listing(token.parameter, failures=failures)
        listing = self._renewed(token, stored, saves=self.saves and not failures)
        return replace(listing, failures=(*failures, *listing.failures))

    def _stored(self, parameter: str) -> tuple[AccountList | None, tuple[str, ...]]:
        try:
            return self.lists.load_list(parameter) if self.lists else None, ()
        except StateUnreadableError:
            return None, ()  # it is replaced
        except RetryableError as error:
            return None, (str(error),)

    def _renewed(self, token: SharedTokenReference, stored: AccountList | None, *, saves: bool) -> _Listing:
        """Ask Cloudflare for the list of a token; what cannot be listed stays as it is stored."""
        parameter = token.parameter
        found = self.configuration.shared_token(parameter)
        if isinstance(found, InvalidAccount):
            return _kept(parameter, stored, invalid=found)
        needs_list = any(map(is_account_pattern, found.accounts))
        try:
            listed = self._listed(found, needs_list=needs_list)
        except NonRetryableError as error:
            return _kept(
                parameter,
                stored,
                problems=(Problem(ACCOUNTS_NOT_LISTED, parameter, f"{parameter}: {error}"),),
            )
        except RetryableError as error:
            is_old = stored is None or self.now - stored.listed_at > GIVEN_UP_AFTER
            return _kept(parameter, stored, failures=(f"{parameter}: {error}",) if is_old else ())
        new = renewed(stored, found.accounts, listed, token.version, self.now)
        return _Listing(
            parameter, new.accounts, new.vanished, failures=self._save(parameter, new) if saves else ()
        )

    def _listed(self, token: SharedToken, *, needs_list: bool) -> Mapping[str, str]:
        """Return the names of the accounts of a token; without a pattern, they are not necessary."""
        try:
            listed = self.lister.list_accounts(token.credential) if self.lister else {}
        except CloudflareBudgetsError:
            if needs_list:
                raise
            return {}
        if needs_list and not listed:
            raise AccessDeniedError(
                "Cloudflare lists no account for the token, which needs the permission Account > "
                "Account Settings > Read"
            )
        return listed

    def _save(self, parameter: str, accounts: AccountList) -> tuple[str, ...]:
        try:
            if self.lists:
                self.lists.save_list(parameter, accounts)
        except RetryableError as error:
            return (str(error),)
        return ()


def _kept(
    parameter: str,
    stored: AccountList | None,
    invalid: InvalidAccount | None = None,
    problems: tuple[Problem, ...] = (),
    failures: tuple[str, ...] = (),
) -> _Listing:
    accounts, vanished = (stored.accounts, stored.vanished) if stored else ({}, {})
    return _Listing(parameter, accounts, vanished, invalid, problems, failures)


def _with_name(one: Found, listed: Mapping[str, AccountReference]) -> Found:
    named = listed.get(one.account_id or "")
    return replace(one, name=named.name) if named else one


def _vanished(listing: _Listing, known: Collection[str | None]) -> Iterator[Problem]:
    """Yield the problem that accounts vanished, if some did that no other token serves."""
    missing = {each: account for each, account in listing.vanished.items() if each not in known}
    if not missing:
        return
    named = [f"{each} ({account.name})" if account.name else each for each, account in missing.items()]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    text = (
        f"{listing.parameter}: Cloudflare does not list these accounts any more, so they are no longer "
        f"watched: {', '.join(named[:_NAMED])}{more}"
    )
    since = max(account.since for account in missing.values() if account.since)
    yield Problem(ACCOUNT_VANISHED, listing.parameter, text, since=since, names=tuple(missing))
