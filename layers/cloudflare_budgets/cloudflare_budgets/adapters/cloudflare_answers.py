"""What both versions' answers have in common: the envelope, and rows in a list."""

from collections.abc import Callable, Iterator

from cloudflare_budgets.adapters.cloudflare_columns import V2, Columns
from cloudflare_budgets.adapters.cloudflare_refusals import check_success
from cloudflare_budgets.adapters.cloudflare_rows import RowReader
from cloudflare_budgets.adapters.cloudflare_values import shown
from cloudflare_budgets.adapters.json_stream import Streamed, read_envelope
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.errors import UsageUnreadableError


def read_charges(
    pieces: Iterator[bytes], account_id: str, used: Period | None = None, columns: Columns = V2
) -> list[Charge]:
    """Read the body of an answer; with `used`, give the charges that start in it, else all of them.

    Raises:
        SetbackError: it is no JSON, or cut.
        UsageRefusedError: it reports a failure.
        UsageUnreadableError: it breaks a rule.
    """
    charges: list[Charge] = []
    rows = RowReader(account_id, columns)

    def take(row: object) -> None:
        charge = rows.read(row)
        if used is None or charge.charge_period_start in used:
            charges.append(charge)

    result = read_result(pieces, take)
    if not isinstance(result, Streamed):
        raise UsageUnreadableError(f"`result` of Cloudflare's answer is {shown(result)}, but must be a list")
    return charges


def read_result(pieces: Iterator[bytes], take: Callable[[object], None]) -> object:
    """Read the body of an answer that reports success; the elements of a list go to `take`.

    Raises:
        SetbackError: it is no JSON, or cut.
        UsageRefusedError: it reports a failure.
        UsageUnreadableError: it breaks a rule.
    """
    envelope = read_envelope(pieces, take)
    check_success(envelope.get("success"), envelope.get("errors"))
    return envelope.get("result")
