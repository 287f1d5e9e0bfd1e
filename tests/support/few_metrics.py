"""Accounts of the local Cloudflare with few metrics, for tests in which every metric is treated alike."""

from dataclasses import replace

from local.cloudflare.accounts.account import Account, Metered


def with_few_metrics(account: Account) -> Account:
    """Keep one metric of each kind, and the metrics that the account is an example of.

    A kind is a category, with or without zones, counted or stored. An answer of one metric a kind takes a
    tenth of the time.
    """
    source = account.source
    if not isinstance(source, Metered):
        return account
    special = {surge.metric_id for surge in source.surges}
    special |= {stop.metric_id for stop in account.reporting.stops}
    kinds = {(one.category, one.zoned, one.steady): one.id for one in reversed(source.metrics)}
    kept = special | set(kinds.values())
    metrics = tuple(one for one in source.metrics if one.id in kept)
    return replace(account, source=replace(source, metrics=metrics))
