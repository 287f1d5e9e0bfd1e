"""Secret URLs in AWS Systems Manager Parameter Store; no error contains any part of one."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import NonRetryableError, RetryableError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


# Shorter than the minutes until an alert is retried, so that the retry uses a corrected URL.
CACHED_FOR = 45.0  # seconds


class SecretUrlParameter:
    """A URL in a SecureString parameter; it is read at most once in 45 seconds.

    Args:
        name: Name of the parameter.
        rule: Decides whether a URL may be used.
        client: Returns the client for Parameter Store.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        name: str,
        rule: UrlRule,
        client: "Callable[[], SSMClient]",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._rule = rule
        self._client = client
        self._clock = clock
        self._cached: tuple[float, Secret] | None = None

    def read(self) -> Secret:
        """Return the URL.

        Raises:
            RetryableError: Parameter Store failed.
            NonRetryableError: the parameter does not exist, or it does not contain a valid URL.
        """
        now = self._clock()
        if self._cached is None or now - self._cached[0] > CACHED_FOR:
            self._cached = (now, self._parse(*self._parameter()))
        return self._cached[1]

    def _parse(self, kind: str, value: str) -> Secret:
        url = value.strip()
        if kind != "SecureString":
            fault = f"it is stored as an unencrypted {kind}, so create a new URL"
        elif not url:
            fault = "it is empty"
        elif not self._rule.allows(url):
            fault = "it does not contain such a URL"
        else:
            return Secret(url)
        raise NonRetryableError(f"the parameter {self.name} cannot be used: {fault}; {self._expected()}")

    def _expected(self) -> str:
        return f"expected {self._rule.expected} (http only in a local run), as a SecureString without quotes"

    def _parameter(self) -> tuple[str, str]:
        try:
            parameter = self._client().get_parameter(Name=self.name, WithDecryption=True)["Parameter"]
            return str(parameter["Type"]), str(parameter["Value"])
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        # Raised outside the handler, because an exception about a response may quote it.
        if code == "ParameterNotFound":
            raise NonRetryableError(f"there is no parameter {self.name}: {self._expected()}")
        raise RetryableError(f"cannot read the parameter {self.name}: {code}")
