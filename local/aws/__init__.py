"""An AWS on this machine: MiniStack on 127.0.0.1, without Docker, with IAM policies enforced.

`with LocalAws() as aws:` starts it and ends it. `python -m local.aws` does the same for a person.
"""

from local.aws.local_aws import LocalAws
from local.aws.mailbox import Delivery, Mailbox
from local.aws.stack import DeployError, Stack, build, deploy

__all__ = ["Delivery", "DeployError", "LocalAws", "Mailbox", "Stack", "build", "deploy"]
