"""A sign of life to a service outside AWS, which rings when none comes; no error shows its address.

The address is a secret: whoever has it can keep the service quiet while nobody watches.
"""

import re
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from cloudflare_budgets import VERSION
from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.http.connections import Connections
from cloudflare_budgets.adapters.http.deadline import DeadlinePassedError, run_within
from cloudflare_budgets.adapters.http.urls import is_loopback
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import PingFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ssm import SSMClient


DEADLINE = 8.0  # seconds for the whole of it, its address aside

_TIMEOUT = urllib3.Timeout(connect=3, read=5)
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"cloudflare-budgets/{VERSION}"}
_MAX_LENGTH = 500
_NEVER = re.compile(r"""[@#\\%"<>\s]""")
_RIGHT = (
    "expected an https address, as a SecureString without quotes; "
    "plain http is accepted for loopback addresses alone"
)


class OutsidePing:
    """One GET of the address in the parameter `<prefix>/ping-url`, which is read anew for each ping.

    Args:
        prefix: Root of every parameter, such as `/cloudflare-budgets`.
        client: Gives the client for Parameter Store.
        deadline: How long the answer may take, in seconds.
    """

    def __init__(self, prefix: str, client: "Callable[[], SSMClient]", deadline: float = DEADLINE) -> None:
        self._name = f"{prefix}/ping-url"
        self._client = client
        self._deadline = deadline

    def __call__(self) -> None:
        """Ping once; any answer of success will do, and no redirect is followed.

        Raises:
            PingFailedError: it did not arrive, or nobody knows whether it did.
        """
        url = self._url()
        connections = Connections()
        try:
            status = run_within(self._deadline, lambda: _get(connections, url), connections.cut)
        except DeadlinePassedError:
            failure = "no answer in time"
        except (HTTPError, HTTPException, OSError) as error:
            failure = f"the connection fails ({type(error).__name__})"  # its text quotes the address
        else:
            if status // 100 == 2:  # noqa: PLR2004 - all of success
                return
            failure = f"answered {status}"
        # Out of the handlers, so that no error of the network lies behind it.
        raise PingFailedError(f"the address in the parameter {self._name}: {failure}")

    def _url(self) -> Secret:
        kind, value = self._parameter()
        text = value.strip()
        if kind != "SecureString":
            raise PingFailedError(f"the parameter {self._name} is of type {kind}: {_RIGHT}")
        if not is_ping_address(text):
            raise PingFailedError(f"the parameter {self._name} holds no such address: {_RIGHT}")
        return Secret(text)

    def _parameter(self) -> tuple[str, str]:
        try:
            parameter = self._client().get_parameter(Name=self._name, WithDecryption=True)["Parameter"]
            return str(parameter["Type"]), str(parameter["Value"])
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            code = error_code(error)
        raise PingFailedError(f"cannot read the parameter {self._name}: {code}")


def is_ping_address(url: str) -> bool:
    """Tell whether an address may be pinged: https, or plain http on this machine; no name or password."""
    if not url.isascii() or not url.isprintable() or len(url) > _MAX_LENGTH or _NEVER.search(url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _get(connections: Connections, url: Secret) -> int:
    response = connections.pool().request(
        "GET",
        url.reveal(),
        headers=_HEADERS,
        timeout=_TIMEOUT,
        retries=False,
        redirect=False,
        preload_content=False,
    )
    try:
        return int(response.status)
    finally:
        response.close()
