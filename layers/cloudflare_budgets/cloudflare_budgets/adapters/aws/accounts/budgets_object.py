"""Reads budgets from one object in AWS S3, which holds more of them than Parameter Store."""

import re
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets, parse_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

# About 50,000 budgets; parsing more would take a check too long.
MAX_BYTES = 10_000_000
_URL = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")


class BudgetsObject:
    """The object at a URL such as `s3://bucket/key`.

    Args:
        url: The URL.
        client: Returns the client for S3.

    Raises:
        ValueError: the URL has another form.
    """

    def __init__(self, url: str, client: "Callable[[], S3Client]") -> None:
        match = _URL.fullmatch(url)
        if match is None:
            message = f"{url} is not the URL of an object: expected s3://bucket/key"
            raise ValueError(message)
        self._url, self._bucket, self._key = url, match["bucket"], match["key"]
        self._client = client

    def read(self) -> ObjectBudgets:
        """Read the object; the result contains a failure, since other budgets do not need it."""
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=self._key)
            if answer["ContentLength"] > MAX_BYTES:
                return self._failed(f"it is larger than {MAX_BYTES} bytes")
            text = answer["Body"].read().decode("utf-8-sig")
            version = answer.get("VersionId") or answer["ETag"].strip('"')
        except UnicodeDecodeError:
            return self._failed("it is not UTF-8")
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            return self._failed(_explained(error_code(error)))
        return parse_object(self._url, text, version)

    def _failed(self, reason: str) -> ObjectBudgets:
        return ObjectBudgets(self._url, failure=f"cannot read {self._url}: {reason}")


def _explained(code: str) -> str:
    # Without the permission to list the bucket, S3 answers so for an object that does not exist.
    missing = "; it does not exist, or the bucket or its key denies access" if code == "AccessDenied" else ""
    return f"{code}{missing}"
