"""A local AWS: MiniStack on 127.0.0.1, without Docker, with IAM policies enforced.

Use `with LocalAws() as aws:` in Python, or run `python -m local.aws`.
"""

from local.aws.local_aws import LocalAws
from local.aws.mailbox import Delivery, Mailbox
from local.aws.stack import DeployError, Stack, build, deploy

__all__ = ["Delivery", "DeployError", "LocalAws", "Mailbox", "Stack", "build", "deploy"]
