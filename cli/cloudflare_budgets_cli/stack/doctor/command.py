"""The command `doctor`: each part of the installation with a check mark, or with what to do."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.errors import CloudflareBudgetsError
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets.ports import UsageQuery
from cloudflare_budgets_cli.cloudflare.access import usage_source
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

if TYPE_CHECKING:
    from rich.console import Console

_QUEUES = ("FailedRunsQueueUrl", "UndeliveredSlackQueueUrl", "UndeliveredChatQueueUrl")


@dataclass(frozen=True, slots=True)
class Examined:
    """A part of the installation: `advice` is what to do; empty if nothing is wrong."""

    part: str
    found: str
    advice: str = ""


def run(settings: Settings) -> ExitCode:
    """Examine every part; exit code 1 if something is to be done."""
    aws, screen = Aws(settings), Screen(settings)
    aws.outputs  # noqa: B018 - without a stack there is nothing to examine
    with screen.progress("Examining the installation"):
        found = [each for part in _PARTS for each in _guarded(part, aws)]
    records = [{"part": each.part, "found": each.found, "advice": each.advice or None} for each in found]
    document = {"ok": not any(each.advice for each in found), "parts": records}
    screen.show(Result(document, ("part", "found", "advice"), records, lambda console: _draw(console, found)))
    return ExitCode.FINDING if any(each.advice for each in found) else ExitCode.OK


def _guarded(part: Callable[[Aws], Iterator[Examined]], aws: Aws) -> list[Examined]:
    name = part.__name__.strip("_")
    try:
        with errors_explained():
            return list(part(aws))
    except (CommandError, CloudflareBudgetsError) as error:
        return [Examined(name, "not known", str(error))]
    except LookupError as error:
        return [Examined(name, f"the stack has no output {error}", "deploy the current version")]


def _stack(aws: Aws) -> Iterator[Examined]:
    function = aws.outputs["CheckBudgetsFunctionName"]
    state = aws.functions().get_function_configuration(FunctionName=function)
    advice = "" if state.get("State", "Active") == "Active" else "look at the function in the console"
    yield Examined("stack", f"{aws.settings.stack}, function {state.get('State', 'Active').lower()}", advice)


def _accounts(aws: Aws) -> Iterator[Examined]:
    found = ParameterStore(aws.settings.prefix, aws.ssm).accounts()
    if not found:
        yield Examined("accounts", "none", "store a token: cloudflare-budgets account add ACCOUNT_ID")
    today = midnight(aws.settings.now)
    query = UsageQuery(Period(today - DAY, today + DAY))
    for each in found:
        if not isinstance(each, Account):
            yield Examined(each.parameter, "invalid", each.reason)
            continue
        try:
            reading = usage_source(_api_url()).read(each, query)
        except CloudflareBudgetsError as error:
            yield Examined(f"token {each.account_id}", "refused", str(error))
        else:
            yield Examined(f"token {each.account_id}", f"valid, usage API {reading.source}")


def _api_url() -> str | None:
    return os.environ.get("CLOUDFLARE_API_URL")


def _budgets(aws: Aws) -> Iterator[Examined]:
    stored = ManagedParameters(aws.settings.prefix, aws.ssm).read()
    budgets = {name: each for name, each in stored.items() if name.startswith("budgets/")}
    if not budgets:
        yield Examined("budgets", "none", "propose some: cloudflare-budgets suggest --write budgets.yaml")
    for name, each in budgets.items():
        parsed = parse_budget(name.removeprefix("budgets/"), each.value)
        if isinstance(parsed, InvalidBudget):
            yield Examined(name, "invalid", str(parsed))
    yield Examined("budgets", counted(len(budgets), "budget"))


def _subscriptions(aws: Aws) -> Iterator[Examined]:
    for output, what in (("AlertTopicArn", "alerts"), ("OperationsTopicArn", "operations")):
        pages = aws.sns().get_paginator("list_subscriptions_by_topic")
        found = [
            each for page in pages.paginate(TopicArn=aws.outputs[output]) for each in page["Subscriptions"]
        ]
        pending = [each for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
        confirmed = len(found) - len(pending)
        advice = "follow the link in the confirmation mail" if pending else ""
        if not found:
            advice = f"nobody receives {what}: set AlertEmail or OperationsEmail, or subscribe an address"
        yield Examined(f"subscriptions of {what}", f"{confirmed} confirmed, {len(pending)} pending", advice)


def _queues(aws: Aws) -> Iterator[Examined]:
    for output in _QUEUES:
        if output not in aws.outputs:
            continue
        answer = aws.sqs().get_queue_attributes(
            QueueUrl=aws.outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
        )
        count = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        advice = "read its messages, then redrive or purge the queue" if count else ""
        yield Examined(output.removesuffix("QueueUrl"), counted(count, "message"), advice)


def _alarms(aws: Aws) -> Iterator[Examined]:
    client: Any = aws.client("cloudwatch")
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=aws.settings.stack)
    found: list[Any] = [each for page in pages for each in page["MetricAlarms"]]
    ringing = [each["AlarmName"] for each in found if each["StateValue"] == "ALARM"]
    advice = f"see docs/operations.md: {', '.join(ringing)}" if ringing else ""
    yield Examined("alarms", f"{counted(len(found), 'alarm')}, {len(ringing)} in alarm", advice)


_PARTS = (_stack, _accounts, _budgets, _subscriptions, _queues, _alarms)


def _draw(console: "Console", found: list[Examined]) -> None:
    from rich.text import Text

    for each in found:
        mark = Text("✗ ", "red") if each.advice else Text("✓ ", "green")
        console.print(mark.append(f"{each.part}: {each.found}", ""))
        if each.advice:
            console.print(Text(f"  {each.advice}", "yellow"))
