"""Pings a monitoring service outside AWS, which raises an alarm when pings stop.

The URL is secret: anyone who has it can ping while this watcher is down.
"""

from http import HTTPStatus

from cloudflare_budgets.adapters.http.client import Answer, HttpClient, Request, Timeouts
from cloudflare_budgets.adapters.http.retries import HttpError, RetryPolicy
from cloudflare_budgets.adapters.http.urls import SecretUrl, UrlRule
from cloudflare_budgets.errors import NonRetryableError, PingFailedError, RetryableError

PARAMETER = "ping-url"  # below the prefix of all parameters
URLS = UrlRule("an https URL", allows_query=True)
DEADLINE = 8.0  # seconds for the request, without reading the parameter


class HeartbeatPing:
    """Sends one GET request per ping.

    Args:
        url: The URL to ping.
        deadline: Seconds until the answer must have come.
    """

    def __init__(self, url: SecretUrl, deadline: float = DEADLINE) -> None:
        self._url = url
        self._deadline = deadline

    def __call__(self) -> None:
        """Ping once. Any status 2xx is a success; redirects are not followed.

        Raises:
            PingFailedError: the ping failed, or it is unknown whether it succeeded.
        """
        try:
            request = Request("GET", self._url.read().reveal(), {})
        except (RetryableError, NonRetryableError) as error:
            raise PingFailedError(str(error)) from None
        client = HttpClient("the monitor", Timeouts(read=5, head=self._deadline), RetryPolicy(max_requests=1))
        try:
            client.send(request, _check_status, client.deadline(self._deadline))
        except HttpError as error:
            failure = str(error)
        else:
            return
        # Raised outside the handler, so that no error of the network is its context.
        raise PingFailedError(f"the ping to the URL in the parameter {self._url.name} failed: {failure}")


def _check_status(answer: Answer) -> None:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise HttpError(f"the monitor answered {answer.status}")
