"""What can go wrong outside, named for what the caller does about it.

No text here ever holds a token, a key or a webhook URL.
"""


class CloudflareBudgetsError(Exception):
    """The base of what goes wrong outside, and of the failure of a run that it led to."""


class RetryableError(CloudflareBudgetsError):
    """A retry can mend it: the run goes on with the rest, fails at its end, and is run again."""


class UsageUnavailableError(RetryableError):
    """Cloudflare did not answer, asked to wait, or answered with something broken on the way."""


class OutOfTimeError(UsageUnavailableError):
    """Too little time was left to begin reading an account; the next run begins with it."""


class ConfigurationUnavailableError(RetryableError):
    """Parameter Store could not be read."""


class StateUnavailableError(RetryableError):
    """The alert table could not be read or written, or did not say whether it was."""


class ReportUnavailableError(RetryableError):
    """The page of a report could not be kept, so that there is no link to it."""


class AlertUndeliveredError(RetryableError):
    """An alert is still owed: the topic refused it, nobody listens, or time ran out."""


class AlertRejectedError(AlertUndeliveredError):
    """The topic definitely did not take the message, so sending it again makes no copy."""


class NonRetryableError(CloudflareBudgetsError):
    """No retry can mend it: a person has to. `kind` is the kind of the problem to report."""

    kind = "usage_unavailable"


class AccessDeniedError(NonRetryableError):
    """Cloudflare refuses the credential (401, 403)."""

    kind = "access_denied"


class AccountUnknownError(NonRetryableError):
    """Cloudflare does not know the account, or the endpoint is gone (404, 410)."""

    kind = "account_unknown"


class AccountNotCoveredError(NonRetryableError):
    """Version 1 of Cloudflare's usage API says that it does not serve the account (`covered: false`)."""

    kind = "not_covered"


class UsageRefusedError(NonRetryableError):
    """Cloudflare understood the request and refused it, or answered `success: false`."""


class UsageUnreadableError(NonRetryableError):
    """The answer is complete, but breaks a rule that its totals rest on."""


class SlackUnavailableError(RetryableError):
    """Slack did not answer, asked to wait for too long, or failed."""


class SlackRefusedError(NonRetryableError):
    """Slack takes nothing at the webhook, or the parameter that keeps its URL holds none."""

    kind = "slack_refused"


class SlackMessageRefusedError(SlackRefusedError):
    """Slack finds fault with the message itself; another message may be taken."""


class PingFailedError(CloudflareBudgetsError):
    """Who waits for a sign of life outside was not reached; that is all it is."""


class RunFailedError(CloudflareBudgetsError):
    """Raised at the end of a run that left something undone which a retry can mend."""
