"""The bucket in AWS S3 that keeps the pages of reports for those who get a link."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


# What is asked for; no link signed by a role lives longer than the role's own temporary credentials.
LINK_FOR = timedelta(hours=12)
# 128 bits: nobody guesses the name of a page.
_RANDOM_BYTES = 16


class ReportBucket:
    """A private bucket whose pages open by links.

    A link opens its page for whoever has it, and for `LINK_FOR` at most. It ends sooner when the
    credentials that signed it end, as those of a Lambda function's role do: they are handed out when its
    environment starts and live for hours, of which some have passed already.
    https://repost.aws/knowledge-center/presigned-url-s3-bucket-expiration
    """

    def __init__(self, name: str, clock: Callable[[], datetime], client: "Callable[[], S3Client]") -> None:
        self._name = name
        self._clock = clock
        self._client = client

    def publish(self, page: str) -> str:
        """Keep a page and give a link to it.

        Raises:
            RetryableError: it was not kept, or there is no link to it.
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
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            # The chain is cut: an exception may quote the request, which the credentials signed.
            message = f"the report bucket took no page: {error_code(error)}"
            raise RetryableError(message) from None

    def _link(self, key: str) -> str:
        return self._client().generate_presigned_url(
            "get_object",
            Params={"Bucket": self._name, "Key": key},
            ExpiresIn=int(LINK_FOR.total_seconds()),
        )
