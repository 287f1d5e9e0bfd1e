"""The commands `notify add`, `list` and `rm` for channels in Parameter Store."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.channels.settings import TYPES, ChannelParameters
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import NonRetryableError
from cloudflare_budgets_cli.screens.screen import Record, Result, Screen
from cloudflare_budgets_cli.settings import ChannelKind, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.notify.channel_value import NewChannel, value_of
from cloudflare_budgets_cli.stack.notify.switches import is_on, offer, switch_of
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = ("name", "type", "filter", "state", "posts")
_SLACK = ChannelKind.SLACK.value


def add(settings: Settings, new: NewChannel, *, replaces: bool, is_dry_run: bool) -> ExitCode:
    """Validate and store a channel, and say whether the stack posts to it.

    Raises:
        UsageError: the channel is invalid, or exists already and is not to be replaced.
        CommandError: AWS does not answer or refuses the call.
    """
    aws, screen, name = Aws(settings), Screen(settings), new.parameter(settings.prefix)
    if not replaces and _exists(aws, name):
        raise UsageError(f"{name} exists already: add --replace, or choose another name")
    value = value_of(new, name, os.environ)
    if is_dry_run:
        screen.advise(f"{name}: valid, not stored (--dry-run)")
        return ExitCode.OK
    store(aws, name, value, replaces=replaces)
    screen.advise(f"{name}: stored. Test it: cloudflare-budgets test --to {new.name or new.kind}")
    offer(aws, screen, switch_of(new.kind))
    return ExitCode.OK


def store(aws: Aws, name: str, value: Secret, *, replaces: bool) -> None:
    """Write the SecureString of a channel.

    Raises:
        UsageError: the parameter exists already and is not to be replaced.
        CommandError: AWS does not answer or refuses the call.
    """
    with errors_explained():
        try:
            aws.ssm().put_parameter(Name=name, Value=value.reveal(), Type="SecureString", Overwrite=replaces)
        except ClientError as error:
            if error_code(error) != "ParameterAlreadyExists":
                raise
            raise UsageError(f"{name} exists already: add --replace, or choose another name") from None


def remove(settings: Settings, name: str, *, is_dry_run: bool) -> ExitCode:
    """Delete the parameter of a channel; alerts that wait for it are then dropped.

    Raises:
        UsageError: there is no such channel.
        CommandError: AWS does not answer or refuses the call.
    """
    aws, screen = Aws(settings), Screen(settings)
    parameter = _parameter(settings, name)
    if not _exists(aws, parameter):
        raise UsageError(f"there is no parameter {parameter}; see cloudflare-budgets notify list")
    if is_dry_run:
        screen.advise(f"{parameter}: not deleted (--dry-run)")
        return ExitCode.OK
    with errors_explained():
        aws.ssm().delete_parameter(Name=parameter)
    screen.advise(f"{parameter}: deleted")
    if name == _SLACK and is_on(aws, switch_of(ChannelKind.SLACK)):
        screen.advise("To stop posting to Slack: cloudflare-budgets update -p SlackWebhookEnabled=false")
    return ExitCode.OK


def list_channels(settings: Settings) -> ExitCode:
    """List channels without their secrets; exit code 1 if one is invalid or not posted to."""
    aws = Aws(settings)
    records = list(channel_records(aws))

    def draw(console: "Console") -> None:
        for each in records:
            words = "invalid" if each["type"] is None else f"{each['type']:<12}  {each['filter'] or ''}"
            console.print(f"{each['name']:<16}  {words}".rstrip(), markup=False)
            for line in _advice(each):
                console.print(f"  {line}", markup=False)
        if not records:
            console.print("no channels; add one: cloudflare-budgets notify add TYPE", markup=False)

    Screen(settings).show(Result({"channels": records}, _COLUMNS, records, draw))
    is_fine = all(each["state"] == "ok" and each["posts"] == "true" for each in records)
    return ExitCode.OK if is_fine else ExitCode.FINDING


def _advice(record: Record) -> Iterator[str]:
    if record["state"] != "ok":
        yield f"{record['state']}"
    if record["posts"] != "true":
        switch = switch_of(ChannelKind.SLACK if record["name"] == _SLACK else None)
        yield f"gets no alerts: cloudflare-budgets update -p {switch}=true"


def channel_records(aws: Aws) -> Iterator[Record]:
    """Yield each channel: type, filter, whether it is valid, and whether it gets alerts.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    if _exists(aws, f"{aws.settings.prefix}/{slack_webhook.PARAMETER}"):
        yield _slack_record(aws)
    channels = ChannelParameters(aws.settings.prefix, aws.ssm)
    posts = str(bool(is_on(aws, switch_of(None)))).lower()
    names = {kind: name for name, kind in TYPES.items()}
    for name in channels.names():
        try:
            found = channels.read(name)
        except NonRetryableError as error:
            yield _record(name, None, None, str(error), posts)
        else:
            if found is not None:
                accepted = found.filter.accepted.items()
                texts = [f"{key}={value}" for key, values in accepted for value in sorted(values)]
                yield _record(name, names[found.type], " ".join(texts) or None, "ok", posts)


def _slack_record(aws: Aws) -> Record:
    parameter = f"{aws.settings.prefix}/{slack_webhook.PARAMETER}"
    posts = str(bool(is_on(aws, switch_of(ChannelKind.SLACK)))).lower()
    try:
        SecretUrlParameter(parameter, slack_webhook.URLS, aws.ssm).read()
    except NonRetryableError as error:
        return _record(_SLACK, None, None, str(error), posts)
    return _record(_SLACK, _SLACK, None, "ok", posts)


def _record(name: str, kind: str | None, accepted: str | None, state: str, posts: str) -> Record:
    return {"name": name, "type": kind, "filter": accepted, "state": state, "posts": posts}


def _parameter(settings: Settings, name: str) -> str:
    if name == _SLACK:
        return f"{settings.prefix}/{slack_webhook.PARAMETER}"
    return f"{settings.prefix}/channels/{name}"


def _exists(aws: Aws, name: str) -> bool:
    with errors_explained():
        try:
            aws.ssm().get_parameter(Name=name)  # encrypted
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return False
    return True
