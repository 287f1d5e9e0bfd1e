"""What a channel is: its settings, and what each type of channel makes of an alert."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.messages.channels.alert_filter import AlertFilter
from cloudflare_budgets.messages.notification import Notification


@dataclass(frozen=True, slots=True, repr=False)
class ChannelRequest:
    """A POST request to a channel, without `repr`: URL, headers and body may contain secrets."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Channel:
    """The settings of a channel, from the parameter `parameter`.

    `keys` are its secrets beside the URL: the routing key of PagerDuty, or one or two secrets of a webhook.
    """

    parameter: str
    type: "ChannelType"
    url: Secret
    keys: tuple[Secret, ...]
    filter: AlertFilter

    @property
    def joins_alerts(self) -> bool:
        """Whether all that one check finds about an account is one message.

        A channel with a filter may not get the alert that mentions the others.
        """
        return self.type.shows_mentions and not self.filter.accepted


# Returns the requests for an alert; the second one is sent if the channel rejects the first one. There are
# none if the channel does not show such an alert. The instant is in seconds since 1970.
Requests = Callable[[Channel, Notification, float], Sequence[ChannelRequest]]


@dataclass(frozen=True, slots=True)
class ChannelType:
    """A type of channel.

    Attributes:
        peer: Name of the service in error texts.
        urls: Which URLs are valid; `None` if the type has no URL.
        requests: What is posted for an alert.
        default_url: The URL if the settings contain none; empty if a URL is required.
        key: Name of the setting with the secrets; empty if the type has none.
        is_key: Whether a secret is valid.
        expected_key: What an error says about a valid secret.
        max_keys: How many secrets the settings may contain.
        ends_alerts: Whether a filter of severities lets the end of every alert pass.
        shows_mentions: Whether a message shows the other alerts of the same check, too.
    """

    peer: str
    urls: UrlRule | None
    requests: Requests
    default_url: str = ""
    key: str = ""
    is_key: Callable[[str], bool] = bool
    expected_key: str = ""
    max_keys: int = 1
    ends_alerts: bool = False
    shows_mentions: bool = False
