"""Whether the stack posts to channels, and how that is switched on."""

from cloudflare_budgets_cli.screens.asking import has_terminal, is_agreed
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ChannelKind, UsageError
from cloudflare_budgets_cli.stack.session import Aws

_ON = "true"


def switch_of(kind: ChannelKind | None) -> str:
    """Return the stack parameter that creates the function of a channel."""
    return "SlackWebhookEnabled" if kind is ChannelKind.SLACK else "ChannelsEnabled"


def is_on(aws: Aws, switch: str) -> bool | None:
    """Return whether the stack has a switch on; `None` if there is no stack.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    try:
        return aws.parameters.get(switch) == _ON
    except UsageError:
        return None


def offer(aws: Aws, screen: Screen, switch: str) -> None:
    """If a switch is off, say how it is switched on; on a terminal, offer to deploy it.

    Raises:
        CommandError: AWS or SAM failed.
    """
    state, command = is_on(aws, switch), f"cloudflare-budgets update -p {switch}={_ON}"
    if state is None:
        screen.advise(f"There is no stack {aws.settings.stack} yet: deploy it with -p {switch}={_ON}")
    if state is not False:
        return
    screen.advise(f"The stack posts nothing to it yet, because {switch} is false. To change that: {command}")
    if has_terminal() and is_agreed("Deploy this change now?", "run the command"):
        from cloudflare_budgets_cli.stack.install.deployment import deploy

        deploy(aws.settings, {switch: _ON}, updates=True)
