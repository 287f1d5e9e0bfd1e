"""The configuration of a function: parameters, and the object with budgets if there is one."""

import os

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore


def configuration_source(prefix: str) -> ParameterStore:
    """Return the source of the configuration; BUDGETS_OBJECT is a URL, or empty for none."""
    url = os.environ.get("BUDGETS_OBJECT", "")
    if not url:
        return ParameterStore(prefix, aws_clients.ssm)
    # Imported here because few stacks have such an object, and S3's client slows the cold start.
    from cloudflare_budgets.adapters.aws.accounts.budgets_object import BudgetsObject  # noqa: PLC0415

    return ParameterStore(prefix, aws_clients.ssm, BudgetsObject(url, aws_clients.s3))
