"""`make bench`: measures a check in the Lambda runtime, next to a minimum and to Cloudflare's SDK.

Needs Linux: the emulator is a Linux program, and the peak memory of a process is read from /proc.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import boto3
import certifi

from benchmarks.contenders import BUILD, PYTHON, Contender, contenders
from benchmarks.figures import Figures, table
from benchmarks.lambda_runtime import LambdaRuntime
from local.aws import LocalAws, build, deploy
from local.aws.stack import ROOT, Stack
from local.cloudflare.accounts.examples import crowded

# Late in a month: one request reads all usage, and the previous month is closed.
_AS_OF = datetime.now(UTC).replace(day=22, hour=10, minute=0, second=0, microsecond=0)
_EVENT = {"action": "check", "as_of": _AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ")}
# Rows per month, turns of each contender, warm checks per turn (no further one starts after _WARM_SECONDS).
_SIZES = ((2_000, 10, 3), (100_000, 2, 10))
_WARM_SECONDS = 20
_REQUESTS = {"metric_id": ["workers_standard_requests"]}
_BUDGETS = {
    "loop": {"limit": "1000 Requests", "scope": _REQUESTS, "thresholds": ["100%"]},
    "plenty": {"limit": "900000000000000 Requests", "scope": _REQUESTS},
    "everything": {"limit": "900000000000000 Requests", "scope": {"metric_id": ["workers_*_requests"]}},
}


def main() -> None:
    """Measure with few and with many rows of usage."""
    print("Setting up: the built layer, the runtime client, the SDK, a local AWS with the stack.", flush=True)
    template = build(BUILD)
    measured = contenders()
    with LocalAws() as aws, tempfile.TemporaryDirectory() as folder:
        parameters = {"AlertEmail": "you@example.com", "ScheduleExpression": "rate(30 days)"}
        bench = Bench(aws, deploy(aws, template, parameters), Path(folder))
        for rows, turns, warm_checks in _SIZES:
            figures = bench.measure(rows, turns, warm_checks, measured)
            print(f"\n{table(f'{rows:,} rows', figures)}", flush=True)


class Bench:
    """A local AWS with the stack, and the environment of its function."""

    def __init__(self, aws: LocalAws, stack: Stack, folder: Path) -> None:
        self._log = folder / "runtime.log"
        self._ssm = boto3.client("ssm", **aws.connection)
        self._table = boto3.resource("dynamodb", **aws.connection).Table(stack.outputs["AlertTableName"])
        function = boto3.client("lambda", **aws.connection).get_function_configuration(
            FunctionName=stack.outputs["CheckBudgetsFunctionName"]
        )
        # All trusted certificates, because reading them needs as long in a function on AWS.
        trusted = folder / "trusted.pem"
        trusted.write_text(Path(certifi.where()).read_text() + Path(aws.connection["verify"]).read_text())
        self._environment = {
            **{name: value for name, value in aws.environment.items() if name.startswith("AWS_")},
            **function["Environment"]["Variables"],
            "AWS_CA_BUNDLE": str(trusted),
            "BENCHMARK_NOW": _EVENT["as_of"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function["Timeout"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "PYTHONDONTWRITEBYTECODE": "1",  # the code of a function is read-only on Lambda
        }

    def measure(self, rows: int, turns: int, warm_checks: int, measured: tuple[Contender, ...]) -> Figures:
        """Measure all contenders in turns, in another order each time, so that noise affects all of them.

        A function starts cold every few checks, but reads the earlier days of an account only once. So
        the first check is measured separately, before the turns.
        """
        figures = Figures()
        with _cloudflare(rows) as url:
            self._configure(rows)
            self._delete_alerts(and_days=True)
            [ours] = [contender for contender in measured if contender.name == "ours"]
            with self._runtime(ours, url) as runtime:
                figures.first = self._check(runtime, ours, "sent")
                figures.first_memory = runtime.peak_memory()
            for number in range(turns):
                for place in range(len(measured)):
                    contender = measured[(number + place) % len(measured)]
                    self._turn(contender, url, warm_checks, figures)
        return figures

    def _turn(self, contender: Contender, url: str, warm_checks: int, figures: Figures) -> None:
        self._delete_alerts()
        with self._runtime(contender, url) as runtime:
            figures.cold[contender.name].append(self._check(runtime, contender, "sent"))
            figures.cold_cpu[contender.name].append(runtime.cpu_seconds())
            deadline = time.monotonic() + _WARM_SECONDS
            for _ in range(warm_checks):
                figures.warm[contender.name].append(self._check(runtime, contender, "already_sent"))
                if time.monotonic() > deadline:
                    break
            figures.memory[contender.name].append(runtime.peak_memory())

    @contextlib.contextmanager
    def _runtime(self, contender: Contender, url: str) -> Iterator[LambdaRuntime]:
        environment = self._environment | {
            "CLOUDFLARE_API_URL": url,
            "LAMBDA_TASK_ROOT": str(contender.folder),
            "PYTHONPATH": ":".join(str(path) for path in contender.imports),
        }
        with (
            self._log.open("ab") as log,
            LambdaRuntime(PYTHON, contender.handler, environment, contender.folder, log) as runtime,
        ):
            yield runtime

    def _check(self, runtime: LambdaRuntime, contender: Contender, expected: str) -> float:
        answer = runtime.invoke(_EVENT)
        if _states(answer.value) != [expected]:
            log = self._log.read_text()[-3000:]
            sys.exit(f"{contender.name}: expected one alert with state {expected}, got {answer.value}\n{log}")
        return answer.seconds

    def _configure(self, rows: int) -> None:
        account = crowded(rows)
        prefix = self._environment["PARAMETER_PREFIX"]
        token, path = account.credentials.token, f"{prefix}/accounts/{account.id}/api-token"
        self._ssm.put_parameter(Name=path, Value=token, Type="SecureString", Overwrite=True)
        for name, budget in _BUDGETS.items():
            text = json.dumps(budget)
            self._ssm.put_parameter(
                Name=f"{prefix}/budgets/{name}", Value=text, Type="String", Overwrite=True
            )

    def _delete_alerts(self, *, and_days: bool = False) -> None:
        """Delete the alerts, and with `and_days` the stored state of the account as well."""
        for item in self._table.scan(ProjectionExpression="pk, sk")["Items"]:
            if and_days or not str(item["sk"]).startswith(("NOTES", "DAY#")):
                self._table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})


@contextlib.contextmanager
def _cloudflare(rows: int) -> Iterator[str]:
    command = [sys.executable, "-m", "local.cloudflare", "--rows", str(rows), "--now", _EVENT["as_of"]]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the arguments are constants
        try:
            yield str(process.stdout and process.stdout.readline()).strip()
        finally:
            process.terminate()


def _states(reply: object) -> list[str]:
    accounts = reply.get("accounts", []) if isinstance(reply, Mapping) else []
    return [alert["state"] for account in accounts for alert in account["alerts"]]


if __name__ == "__main__":
    main()
