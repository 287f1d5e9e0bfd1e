"""Accounts, budgets and own prices as they stand in AWS Systems Manager Parameter Store."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.account_parameter import read_account
from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.domain.account import Account, InvalidAccount
from cloudflare_budgets.errors import ConfigurationUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterTypeDef


class ParameterStore:
    """The configuration under a prefix, such as `/cloudflare-budgets`; read anew on every call."""

    def __init__(self, prefix: str, client: "Callable[[], SSMClient]") -> None:
        self._prefix = prefix
        self._client = client

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        """Read every account's credential, in the order of the parameters' names.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """
        path = f"{self._prefix}/accounts"
        return [
            read_account(path, parameter["Name"], parameter["Type"], parameter["Value"])
            for parameter in self._parameters(path)
        ]

    def budget_documents(self) -> Mapping[str, str]:
        """Read every budget document by the budget's name, its parameter's name below `budgets/`.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """
        path = f"{self._prefix}/budgets"
        return {
            parameter["Name"].removeprefix(f"{path}/"): parameter["Value"]
            for parameter in self._parameters(path)
        }

    def price_document(self) -> str | None:
        """Read the document of own prices, the parameter `prices`; `None` when there is no such parameter.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """
        name = f"{self._prefix}/prices"
        try:
            answer = self._client().get_parameter(Name=name, WithDecryption=True)
            return _complete(answer["Parameter"])["Value"]
        except Exception as error:  # noqa: BLE001 - as below
            if error_code(error) == "ParameterNotFound":
                return None
            message = f"cannot read the parameter {name}: {error_code(error)}"
            raise ConfigurationUnavailableError(message) from None

    def _parameters(self, path: str) -> "Sequence[ParameterTypeDef]":
        # Not Powertools' SSMProvider: it gives no types, and a token that lies open must be noticed.
        try:
            pages = self._client().get_paginator("get_parameters_by_path")
            found = [
                _complete(parameter)
                for page in pages.paginate(Path=path, Recursive=True, WithDecryption=True)
                for parameter in page["Parameters"]
            ]
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            # The chain is cut: an exception about an answer may quote it, and the answer holds tokens.
            message = f"cannot read the parameters below {path}: {error_code(error)}"
            raise ConfigurationUnavailableError(message) from None
        return sorted(found, key=lambda parameter: parameter["Name"])


def _complete(parameter: "ParameterTypeDef") -> "ParameterTypeDef":
    for key in ("Name", "Type", "Value"):
        if not isinstance(parameter.get(key), str):
            raise TypeError(key)
    return parameter
