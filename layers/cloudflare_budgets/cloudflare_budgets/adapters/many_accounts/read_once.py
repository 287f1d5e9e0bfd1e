"""Documents that every check reads, cached for some minutes by each process."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from cloudflare_budgets.configuration_ports import ConfigurationSource
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
)
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.ports import RunStateStore

T = TypeVar("T")

# Parameter Store answers 40 requests a second by default, for all functions of an AWS account together.
# https://docs.aws.amazon.com/general/latest/gr/ssm.html
KEPT_FOR = timedelta(minutes=5)


class ReadOnce:
    """Implements `ConfigurationSource` and loads the state of runs; accounts are read anew.

    Args:
        source: where documents are read.
        runs: where the state of runs is loaded; it is never saved.
        clock: returns the current time.
    """

    def __init__(
        self, source: ConfigurationSource, runs: RunStateStore, clock: Callable[[], datetime]
    ) -> None:
        self._source = source
        self._runs = runs
        self._clock = clock
        self._kept: dict[str, tuple[datetime, object]] = {}

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        """Read the credential of every account."""
        return self._source.accounts()

    def references(self) -> Sequence[AccountReference | InvalidAccount]:
        """List every account without decrypting a credential."""
        return self._source.references()

    def account(self, reference: AccountReference) -> Account | InvalidAccount:
        """Read the credential of one account."""
        return self._source.account(reference)

    def shared_tokens(self) -> Sequence[SharedTokenReference | InvalidAccount]:
        """List the tokens for many accounts without decrypting one."""
        return self._source.shared_tokens()

    def shared_token(self, parameter: str) -> SharedToken | InvalidAccount:
        """Read a token for many accounts."""
        return self._source.shared_token(parameter)

    def budget_documents(self) -> Mapping[str, str]:
        """Return every budget document by the name of the budget."""
        return self._once("budgets", self._source.budget_documents)

    def object_budgets(self) -> ObjectBudgets:
        """Return the budgets in the object beside the parameters."""
        found = self._once("object", self._source.object_budgets)
        if found.failure:  # the next check may read it
            self._kept.pop("object")
        return found

    def price_document(self) -> str | None:
        """Return the document of price overrides."""
        return self._once("prices", self._source.price_document)

    def mute_document(self) -> str | None:
        """Return the document of timed mutes."""
        return self._once("mutes", self._source.mute_document)

    def run_state(self) -> RunState:
        """Return the state of runs."""
        return self._once("runs", self._runs.load)

    def _once(self, name: str, read: Callable[[], T]) -> T:
        now = self._clock()
        read_at, found = self._kept.get(name, (None, None))
        if read_at is None or now - read_at >= KEPT_FOR:
            found = read()
            self._kept[name] = now, found
        return found  # type: ignore[return-value]  # stored under its own name
