"""Budgets and prices in Parameter Store as code manages them: values, versions and tags.

A managed parameter has the tag `managed-by`, and a tag with the digests of the values that were applied last.
A value with another digest was written by hand.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets_cli.settings import CommandError, ExitCode
from cloudflare_budgets_cli.stack.session import errors_explained

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterTypeDef, TagTypeDef

MANAGED_BY, OWNER = "managed-by", "cloudflare-budgets"
DIGESTS = "cloudflare-budgets-digests"
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
MAX_BYTES = 4096


class ConflictError(CommandError):
    """A parameter was changed since it was read."""

    exit_code = ExitCode.FINDING


@dataclass(frozen=True, slots=True)
class Stored:
    """A parameter as it was read; `digests` is empty if it is not managed."""

    value: str
    version: int
    is_managed: bool = False
    digests: tuple[str, ...] = ()

    @property
    def is_changed_by_hand(self) -> bool:
        """Whether the value differs from every value that was applied."""
        return self.is_managed and digest(self.value) not in self.digests


def digest(value: str) -> str:
    """Return a short digest of a value, as tags store it."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ManagedParameters:
    """The parameters `budgets/<name>` and `prices` below a prefix."""

    prefix: str
    client: "Callable[[], SSMClient]"

    def read(self) -> Mapping[str, Stored]:
        """Read every parameter by its name below the prefix.

        Raises:
            CommandError: AWS does not answer or refuses the call.
        """
        with errors_explained():
            pages = self.client().get_paginator("get_parameters_by_path")
            path = f"{self.prefix}/budgets"
            found = [each for page in pages.paginate(Path=path) for each in page["Parameters"]]
            found += self._prices()
            return {
                each["Name"].removeprefix(f"{self.prefix}/"): self._with_tags(
                    each["Name"], each["Value"], each["Version"]
                )
                for each in found
            }

    def write(self, name: str, value: str, before: Stored | None) -> None:
        """Create or replace a parameter that is still as it was read.

        The digest of the new value is recorded first: whatever interrupts the call, the parameter holds
        one whole value, and its tags know it.

        Raises:
            ConflictError: the parameter was changed meanwhile.
            CommandError: AWS does not answer or refuses the call.
        """
        full = f"{self.prefix}/{name}"
        with errors_explained():
            if before is None:
                self._create(full, value)
                return
            self._check_version(full, before)
            digests = dict.fromkeys([digest(before.value), digest(value)])
            self._tag(full, " ".join(digests))
            answer = self.client().put_parameter(Name=full, Value=value, Type="String", Overwrite=True)
            if answer["Version"] != before.version + 1:
                raise ConflictError(
                    f"{full} was written at the same moment by another user: compare its history"
                )

    def adopt(self, name: str, before: Stored) -> None:
        """Mark a parameter that has the value of a file as managed.

        Raises:
            CommandError: AWS does not answer or refuses the call.
        """
        with errors_explained():
            self._tag(f"{self.prefix}/{name}", digest(before.value))

    def delete(self, name: str, before: Stored) -> None:
        """Delete a parameter that is still as it was read.

        Raises:
            ConflictError: the parameter was changed meanwhile.
            CommandError: AWS does not answer or refuses the call.
        """
        full = f"{self.prefix}/{name}"
        with errors_explained():
            self._check_version(full, before)
            self.client().delete_parameter(Name=full)

    def _prices(self) -> "list[ParameterTypeDef]":
        try:
            return [self.client().get_parameter(Name=f"{self.prefix}/prices")["Parameter"]]
        except ClientError as error:
            if error_code(error) == "ParameterNotFound":
                return []
            raise

    def _with_tags(self, full: str, value: object, version: object) -> Stored:
        answer = self.client().list_tags_for_resource(ResourceType="Parameter", ResourceId=full)
        tags = {each["Key"]: each["Value"] for each in answer.get("TagList", ())}
        is_managed = tags.get(MANAGED_BY) == OWNER
        return Stored(str(value), int(str(version)), is_managed, tuple(tags.get(DIGESTS, "").split()))

    def _create(self, full: str, value: str) -> None:
        try:
            self.client().put_parameter(Name=full, Value=value, Type="String", Tags=_tags(digest(value)))
        except ClientError as error:
            if error_code(error) != "ParameterAlreadyExists":
                raise
            raise ConflictError(f"{full} was created by another user meanwhile: plan again") from None

    def _check_version(self, full: str, before: Stored) -> None:
        found = self.client().get_parameter(Name=full)["Parameter"]["Version"]
        if found != before.version:
            text = f"{full} was changed by another user (version {before.version}, now {found}): plan again"
            raise ConflictError(text)

    def _tag(self, full: str, digests: str) -> None:
        self.client().add_tags_to_resource(ResourceType="Parameter", ResourceId=full, Tags=_tags(digests))


def _tags(digests: str) -> "list[TagTypeDef]":
    return [{"Key": MANAGED_BY, "Value": OWNER}, {"Key": DIGESTS, "Value": digests}]
