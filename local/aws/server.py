"""MiniStack, put right where this project meets a difference from AWS. Started by `LocalAws`.

Each correction makes the local AWS stricter or quieter than MiniStack 1.5 is by itself:

- it asks IAM about `GetParametersByPath` on `*`, where AWS asks about the path that is read;
- it lends a function its own installed packages, so that one which forgot a dependency would still work;
- as root it also takes port 443, though every client here is told its port;
- it looks every ten seconds whether a schedule is due, and a person who watches would rather not wait;
- it refuses a stack with a Slack channel of Amazon Q Developer, which is accepted here, and nothing more.
"""

import functools
import json
import os
import sys
import threading
from collections.abc import Callable

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_actions, lambda_runtime  # type: ignore[import-untyped]
from ministack.services import scheduler  # type: ignore[import-untyped]
from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

_WITHOUT_INSTALLED_PACKAGES = """\
import sys
sys.path[:] = [entry for entry in sys.path if not entry.endswith(("site-packages", "dist-packages"))]
"""


_SLACK_CHANNEL = "AWS::Chatbot::SlackChannelConfiguration"


def main() -> None:
    """Correct MiniStack, then serve until standard input is closed."""
    iam_actions.extract_resource_arn = _paths_by_their_arn(iam_actions.extract_resource_arn)
    lambda_runtime._PYTHON_WORKER_SCRIPT = _WITHOUT_INSTALLED_PACKAGES + lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001
    app._port_is_bindable = lambda *_: False  # noqa: SLF001
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # noqa: SLF001
    provisioners._RESOURCE_HANDLERS[_SLACK_CHANNEL] = {  # noqa: SLF001
        "create": _accept_channel,
        "delete": lambda *_: None,
    }
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app.main()


def _end_with_parent() -> None:
    # The pipe closes however the parent ends. No goodbye is needed: nothing kept here is to last, and a
    # function's process ends when its own pipe closes. An orderly stop would wait for every open connection.
    sys.stdin.read()
    os._exit(0)


def _accept_channel(_logical_id: str, properties: dict[str, str], _stack: str) -> tuple[str, dict[str, str]]:
    # Slack is out of reach here; whoever wants to see what the channel gets listens to its topic.
    arn = f"arn:aws:chatbot::000000000000:chat-configuration/slack-channel/{properties['ConfigurationName']}"
    return arn, {"Arn": arn}


def _paths_by_their_arn(resource_arn: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(resource_arn)
    def corrected(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: object
    ) -> str:
        *_, region, account_id = rest
        if headers.get("x-amz-target", "").endswith(".GetParametersByPath"):
            return f"arn:aws:ssm:{region}:{account_id}:parameter{json.loads(body)['Path']}"
        return resource_arn(service, method, path, headers, body, *rest)

    return corrected


if __name__ == "__main__":
    main()
