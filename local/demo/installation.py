"""Deploys the template and stores what it reads, as you would in your own AWS account."""

from collections.abc import Mapping

from local.aws import LocalAws, build, deploy
from local.demo.screen import step
from local.demo.subject import Subject
from local.demo.watcher import Watcher


def install(
    watched: Subject, aws: LocalAws, budgets: Mapping[str, str], parameters: Mapping[str, str]
) -> Watcher:
    """Build and deploy the stack, and store the token and the budgets.

    Args:
        watched: the account, its token and the URL of its Cloudflare.
        aws: where to deploy.
        budgets: budget documents by name.
        parameters: stack parameters, in addition to the URL.

    Raises:
        DeployError: the build or the deployment failed.
    """
    with step("sam build: functions and layer"):
        template = build()
    with step("sam deploy: template.yaml, as you would deploy it"):
        stack = deploy(aws, template, {**parameters, "CloudflareApiUrl": watched.api_url})
    watcher = Watcher(aws, stack)
    with step(f"Store a token and {len(budgets)} budgets in Parameter Store"):
        watcher.store(f"accounts/{watched.account_id}/api-token", watched.token, secret=True)
        for name, budget in budgets.items():
            watcher.store(f"budgets/{name}", budget)
    return watcher
