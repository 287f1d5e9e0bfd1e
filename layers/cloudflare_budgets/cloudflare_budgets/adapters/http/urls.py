"""Which URLs a secret may be sent to, as a header or as the URL itself."""

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from cloudflare_budgets.domain.budgets.account import Secret

_MAX_LENGTH = 500
# Credentials, fragments, escapes, quotes and blanks, which parsers of URLs treat differently.
_FORBIDDEN = re.compile(r"""[@#\\%"<>\s]""")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


class SecretUrl(Protocol):
    """A secret URL in the parameter `name`."""

    @property
    def name(self) -> str:
        """Name of the parameter."""

    def read(self) -> Secret:
        """Return the URL; raises `RetryableError` or `NonRetryableError`."""


@dataclass(frozen=True, slots=True)
class UrlRule:
    """Which URLs are valid: https at some hosts, and in a local run http on this machine.

    Attributes:
        expected: What an error says about a valid https URL.
        hosts: Host names, at the usual port; empty for any host.
        path: How the path of a URL starts.
        allows_query: Whether a URL may have a query.
        allows_escapes: Whether the query may contain escapes, such as `%2F`.
        domains: Domains whose subdomains are valid hosts too, at the usual port.
    """

    expected: str
    hosts: frozenset[str] = frozenset()
    path: str = ""
    allows_query: bool = False
    allows_escapes: bool = False
    domains: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Return whether a URL is valid."""
        path, mark, query = url.partition("?")
        parts = _parse(path + mark + (_ESCAPE.sub("", query) if self.allows_escapes else query))
        if parts is None or ("?" in url and not self.allows_query):
            return False
        if parts.scheme == "http":
            return _is_loopback(parts.hostname or "") and _is_local_run()
        at_host = self._is_host(parts.hostname or "") and parts.port in {None, 443}
        is_there = at_host or not (self.hosts or self.domains)
        return parts.scheme == "https" and is_there and parts.path.startswith(self.path)

    def _is_host(self, name: str) -> bool:
        return name in self.hosts or any(name.endswith(f".{domain}") for domain in self.domains)


def _parse(url: str) -> SplitResult | None:
    if not url.isascii() or not url.isprintable() or len(url) > _MAX_LENGTH or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        is_valid = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        return None
    return parts if is_valid else None


def _is_local_run() -> bool:
    # In Lambda, a process on the loopback could read the secret; only a local AWS runs functions elsewhere.
    in_lambda = bool(os.environ.get("AWS_LAMBDA_FUNCTION_NAME")) and not os.environ.get("AWS_SAM_LOCAL")
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return not in_lambda or _is_loopback(endpoint.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
