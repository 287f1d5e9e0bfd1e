"""MiniStack, corrected where it differs from AWS here; `LocalAws` starts it.

Without these corrections, MiniStack 1.5:

- evaluates IAM permissions for `GetParametersByPath` on `*`, where AWS evaluates the requested path;
- evaluates a batch action of SQS by its own name, where AWS evaluates the action on one message;
- does not know the condition key `events:source`;
- extracts the layer anew for each process of a function, which takes longer than to run the function;
- adds its own installed packages to a function, which hides a dependency that is missing from the layer.
  Here a function has only those that the runtime of AWS has, after those of the layer;
- also listens on port 443 as root, although every client here uses its own port;
- starts due schedules only every ten seconds;
- invokes a function for one message of a FIFO queue at a time, where AWS invokes it for each message group at
  the same time, up to the maximum concurrency. Here this is so if a batch is one message;
- logs as used memory the most that any ended child process used, not that of the function;
- sends no event to EventBridge when the state of an alarm changes;
- refuses a stack with a Slack channel of Amazon Q Developer, or with a saved query. Here both are accepted,
  and do nothing.
"""

import functools
import hashlib
import importlib.util
import json
import os
import sys
import tempfile
import threading
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from ministack import app  # type: ignore[import-untyped]
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import cloudwatch, eventbridge, lambda_svc, scheduler  # type: ignore[import-untyped]
from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

_PACKAGES_OF_THE_RUNTIME = """\
import sys
sys.path[:] = [entry for entry in sys.path if not entry.endswith(("site-packages", "dist-packages"))]
sys.path.append({folder!r})
"""
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
_SLACK_CHANNEL = "AWS::Chatbot::SlackChannelConfiguration"
_SAVED_QUERY = "AWS::Logs::QueryDefinition"


class _Archive(zipfile.ZipFile):
    """The archive of a function or a layer; a layer is extracted once and linked from then on."""

    _lock: ClassVar[threading.Lock] = threading.Lock()

    def extractall(self, path: str) -> None:  # type: ignore[override] # MiniStack gives nothing else
        """Extract the archive, or link the folder to an earlier extraction of the same layer."""
        folder = Path(path)
        if not folder.name.startswith("layer_"):
            super().extractall(folder)
            return
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir(), f"layer-{digest}")
        with self._lock:
            if not shared.exists():
                super().extractall(shared)
        folder.rmdir()
        folder.symlink_to(shared)


def main() -> None:
    """Correct MiniStack, then serve until standard input is closed."""
    iam_actions.extract_resource_arn = _paths_by_their_arn(iam_actions.extract_resource_arn)
    iam_actions.extract_iam_action = _single_action_of_batch(iam_actions.extract_iam_action)
    iam_actions.request_tag_context = _with_source_of_events(iam_actions.request_tag_context)
    iam_evaluator.evaluate = _with_uses_noted(iam_evaluator.evaluate, Path(os.environ["PERMISSIONS_USED"]))
    packages = _PACKAGES_OF_THE_RUNTIME.format(folder=_runtime())
    lambda_runtime._PYTHON_WORKER_SCRIPT = packages + lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _Archive})
    app._port_is_bindable = lambda *_: False  # noqa: SLF001
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # noqa: SLF001
    lambda_svc._sqs_esm_concurrency = _concurrent_groups(lambda_svc._sqs_esm_concurrency)  # noqa: SLF001
    lambda_svc._probe_peak_memory_mb = _memory_of_function(lambda_svc._probe_peak_memory_mb)  # noqa: SLF001
    provisioners._RESOURCE_HANDLERS[_SLACK_CHANNEL] = {  # noqa: SLF001
        "create": _accept_channel,
        "delete": lambda *_: None,
    }
    provisioners._RESOURCE_HANDLERS[_SAVED_QUERY] = {  # noqa: SLF001
        "create": lambda *_: (str(uuid.uuid4()), {}),
        "delete": lambda *_: None,
    }
    cloudwatch._dispatch_alarm_actions = _with_events(cloudwatch._dispatch_alarm_actions)  # noqa: SLF001
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app.main()


def _end_with_parent() -> None:
    # The pipe closes however the parent ends. A graceful stop is not needed, and would wait for every open
    # connection: no state is stored, and the process of a function ends when its own pipe closes.
    sys.stdin.read()
    os._exit(0)


def _runtime() -> str:
    folder = Path(tempfile.mkdtemp(prefix="runtime-"))
    for name in _RUNTIME:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            source = origin.parent if origin.name == "__init__.py" else origin
            (folder / source.name).symlink_to(source)
    return str(folder)


def _with_source_of_events(context: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(context)
    def corrected(service: str, action: str, body: bytes, *rest: object) -> dict[str, Any]:
        found = context(service, action, body, *rest)
        if action == "events:PutEvents":
            sources = [entry["Source"] for entry in json.loads(body)["Entries"]]
            found = {**found, "events:source": sources if len(sources) > 1 else sources[0]}
        return found

    return corrected


def _concurrent_groups(concurrency: Callable[..., int]) -> Callable[..., int]:
    # A queue delivers no second message of a group while the first is processed, so that batches of one
    # message never reorder a group.
    @functools.wraps(concurrency)
    def corrected(
        esm: dict[str, Any], function: object, config: object, queue: dict[str, Any] | None = None
    ) -> int:
        if queue and esm.get("BatchSize") == 1:
            queue = {**queue, "is_fifo": False}
        return concurrency(esm, function, config, queue)

    return corrected


def _with_uses_noted(evaluate: Callable[..., Any], uses: Path) -> Callable[..., Any]:
    """Write each permission that a role uses to a file, once: role, action, resource."""
    noted: set[tuple[str, str, str]] = set()
    lock = threading.Lock()

    @functools.wraps(evaluate)
    def noting(context: Any, *policies: object) -> Any:  # noqa: ANN401 - MiniStack's
        result = evaluate(context, *policies)
        _, _, role = context.principal_arn.partition(":assumed-role/")
        use = (role.partition("/")[0], context.action, context.resource_arn)
        with lock:
            if role and result.decision == "Allow" and use not in noted:
                noted.add(use)
                with uses.open("a") as file:
                    print(json.dumps(use), file=file)
        return result

    return noting


def _memory_of_function(probe: Callable[[dict[str, Any]], int]) -> Callable[[dict[str, Any]], int]:
    @functools.wraps(probe)
    def corrected(function: dict[str, Any]) -> int:
        config = function.get("config") or function
        version = config.get("Version", "$LATEST")
        key = lambda_runtime._worker_key(config["FunctionName"], config, version)  # noqa: SLF001
        processes = [worker._proc for worker in lambda_runtime._workers.get(key, ())]  # noqa: SLF001
        # Without a process after a failed run: an error here would discard the log of the run.
        found = [_peak_memory(process.pid) for process in processes if process is not None]
        return max(found, default=0) or probe(function)

    return corrected


def _peak_memory(process_id: int) -> int:
    """Return the most memory that a process used, in MB; 0 if this system does not say."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return 0
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")] or ["0"]
    return int(kilobytes) // 1024


def _accept_channel(_logical_id: str, properties: dict[str, str], _stack: str) -> tuple[str, dict[str, str]]:
    # Slack is not reachable from here. To see the messages of the channel, subscribe to its topic.
    arn = f"arn:aws:chatbot::000000000000:chat-configuration/slack-channel/{properties['ConfigurationName']}"
    return arn, {"Arn": arn}


def _single_action_of_batch(iam_action: Callable[..., str | None]) -> Callable[..., str | None]:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html
    @functools.wraps(iam_action)
    def corrected(*arguments: object) -> str | None:
        action = iam_action(*arguments)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    return corrected


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


def _with_events(dispatch: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(dispatch)
    def corrected(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        dispatch(alarm, old_state, new_state, reason)
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
        detail = {
            "alarmName": alarm["AlarmName"],
            "configuration": {"description": alarm["AlarmDescription"]},
            "previousState": {"value": old_state},
            "state": {"value": new_state, "reason": reason},
        }
        event = {
            "EventId": str(uuid.uuid4()),
            "Source": "aws.cloudwatch",
            "DetailType": "CloudWatch Alarm State Change",
            "Detail": json.dumps(detail),
            "Time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "Resources": [alarm["AlarmArn"]],
            "Account": get_account_id(),
            "Region": get_region(),
        }
        eventbridge._dispatch_event(event)  # noqa: SLF001

    return corrected


if __name__ == "__main__":
    main()
