"""Errors of outside systems, named for what the caller does about them.

No text contains a token, a key or a secret URL.
"""

from datetime import datetime


class CloudflareBudgetsError(Exception):
    """Base of all errors of outside systems, and of the failure of a run that they cause."""


class RetryableError(CloudflareBudgetsError):
    """A retry may succeed: the run continues, fails at its end, and is started again."""


class UsageUnavailableError(RetryableError):
    """Cloudflare did not answer, requested a delay, or sent an incomplete answer."""


class SourceRefusedError(UsageUnavailableError):
    """The version of the usage API that served an account refuses it; another one may serve it."""


class OutOfTimeError(UsageUnavailableError):
    """Too little time was left to read an account; the next run starts with this account."""


class RateLimitedError(UsageUnavailableError):
    """A token has reached its limit of requests; the next run starts with this account."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class StateUnavailableError(RetryableError):
    """The alert table could not be read or written, or it is unknown whether it was."""


class StateUnreadableError(StateUnavailableError):
    """A row of the alert table is damaged or of another format; it is replaced."""


class AlertUndeliveredError(RetryableError):
    """An alert is still pending: the topic refused it, or too little time was left to send it."""


class NoSubscriberError(AlertUndeliveredError):
    """No subscription of the alert topic is confirmed: alerts wait, and the run does not fail."""


class AlertClaimedError(AlertUndeliveredError):
    """Another run is sending the alert."""


class AlertRejectedError(AlertUndeliveredError):
    """The topic did not accept the message, so publishing it again causes no duplicate."""


class NonRetryableError(CloudflareBudgetsError):
    """No retry succeeds until a person acts. `kind` is the kind of the problem to report."""

    kind = "usage_unavailable"


class AccessDeniedError(NonRetryableError):
    """Cloudflare refuses the credential (401, 403)."""

    kind = "access_denied"


class AccountUnknownError(NonRetryableError):
    """Cloudflare does not know the account, or the endpoint no longer exists (404, 410)."""

    kind = "account_unknown"


class AccountNotCoveredError(NonRetryableError):
    """Version 1 of the usage API reports that it does not serve the account (`covered: false`)."""

    kind = "not_covered"


class UsageRefusedError(NonRetryableError):
    """Cloudflare refuses the request, or answers `success: false`."""


# Cloudflare does not answer the question, so another version or an estimate may replace the answer. An
# unreadable answer is not replaced: an estimate in place of real costs would be a silent change.
REFUSALS = (AccessDeniedError, AccountUnknownError, AccountNotCoveredError, UsageRefusedError)


class UsageUnreadableError(NonRetryableError):
    """The answer is complete, but breaks a rule that totals depend on."""


class MessageRefusedError(NonRetryableError):
    """A channel refuses this message; it may accept another one."""


class PingFailedError(CloudflareBudgetsError):
    """The monitoring service outside was not reached; the run itself is not affected."""


class UnexpectedError(CloudflareBudgetsError):
    """The check of an account failed for an unknown reason; the log has the exception."""


class RunFailedError(CloudflareBudgetsError):
    """Raised at the end of a run that left something undone, so that Lambda runs it again."""
