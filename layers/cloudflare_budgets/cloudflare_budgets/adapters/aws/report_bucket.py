"""The bucket in AWS S3 that stores the pages of reports, which people open with a link."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


# The requested lifetime. A link expires earlier if the credentials that signed it do.
LINK_FOR = timedelta(hours=12)
# 128 bits, so that the name of a page cannot be guessed.
_RANDOM_BYTES = 16


class ReportBucket:
    """Implements `ReportStore` with a private bucket and presigned links.

    A link opens its page for anyone who has it, for `LINK_FOR` at most. It expires sooner if the credentials
    that signed it do. A Lambda function gets credentials, which last for hours, when its environment starts.
    https://repost.aws/knowledge-center/presigned-url-s3-bucket-expiration
    """

    def __init__(self, name: str, clock: Callable[[], datetime], client: "Callable[[], S3Client]") -> None:
        self._name = name
        self._clock = clock
        self._client = client

    def publish(self, page: str) -> str:
        """Store a page and return a link to it.

        Raises:
            RetryableError: The page was not stored, or no link could be signed.
        """
        key = f"reports/{self._clock():%Y-%m-%d}-{secrets.token_urlsafe(_RANDOM_BYTES)}.html"
        try:
            self._client().put_object(
                Bucket=self._name,
                Key=key,
                Body=page.encode(),
                ContentType="text/html; charset=utf-8",
                CacheControl="private, no-store",
            )
            return self._link(key)
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            # Without the cause: an exception may quote the signed request.
            message = f"the report page could not be stored: {error_code(error)}"
            raise RetryableError(message) from None

    def _link(self, key: str) -> str:
        return self._client().generate_presigned_url(
            "get_object",
            Params={"Bucket": self._name, "Key": key},
            ExpiresIn=int(LINK_FOR.total_seconds()),
        )
