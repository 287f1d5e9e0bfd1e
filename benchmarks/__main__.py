"""`make bench`: measures a check in the Lambda runtime, next to two minimums and to Cloudflare's SDK.

Needs Linux: the emulator is a Linux program, and the peak memory of a process is read from /proc.
"""

import contextlib
import json
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from benchmarks.contenders import AUTHORITIES, BUILD, PYTHON, Contender, contenders
from benchmarks.figures import OURS, Figures, table
from benchmarks.lambda_runtime import LambdaRuntime
from local.aws import LocalAws, build, deploy
from local.aws.certificate import write_certificate
from local.aws.stack import ROOT, Stack
from local.cloudflare.accounts.examples import crowded

# Late in a month: one request reads all usage, and the previous month is closed.
_AS_OF = datetime.now(UTC).replace(day=22, hour=10, minute=0, second=0, microsecond=0)
_EVENT = {"action": "check", "as_of": _AS_OF.strftime("%Y-%m-%dT%H:%M:%SZ")}
# Rows per month, turns of each contender, warm checks per turn (no further one starts after _WARM_SECONDS).
_SIZES = ((2_000, 8, 3), (100_000, 2, 5))
_WARM_SECONDS = 20


def main() -> None:
    """Measure both versions of the usage API, with few and with many rows."""
    print("Setting up: the built layer, the runtime client, the SDK, a local AWS with the stack.", flush=True)
    template = build(BUILD)
    measured = contenders()
    with LocalAws() as aws, tempfile.TemporaryDirectory() as folder:
        parameters = {"AlertEmail": "you@example.com", "ScheduleExpression": "rate(30 days)"}
        bench = Bench(aws, deploy(aws, template, parameters), Path(folder))
        for version in ("v2", "v1"):
            for rows, turns, warm_checks in _SIZES:
                figures = bench.measure(version, rows, turns, warm_checks, measured)
                print(f"\n{table(f'{version.upper()}, {rows:,} rows', figures)}", flush=True)


class Bench:
    """A local AWS with the stack, and the environment of its function."""

    def __init__(self, aws: LocalAws, stack: Stack, folder: Path) -> None:
        self._log = folder / "runtime.log"
        self._ssm = boto3.client("ssm", **aws.connection)
        self._table = boto3.resource("dynamodb", **aws.connection).Table(stack.outputs["AlertTableName"])
        function = boto3.client("lambda", **aws.connection).get_function_configuration(
            FunctionName=stack.outputs["CheckBudgetsFunctionName"]
        )
        self._certificate = folder / "cloudflare.pem"
        write_certificate(self._certificate, folder / "cloudflare-key.pem", "local Cloudflare")
        # Every contender trusts the authorities of the built layer, as on Lambda; `build` writes them anew.
        local = f"{self._certificate.read_text()}\n{Path(aws.connection['verify']).read_text()}"
        with AUTHORITIES.open("a") as authorities:
            authorities.write(f"\n{local}")
        script = ROOT / "layers" / "cloudflare_budgets" / "hash_authorities.py"
        subprocess.run([sys.executable, str(script), str(AUTHORITIES)], check=True)  # noqa: S603 - own files
        self._environment = {
            **{
                name: value
                for name, value in aws.environment.items()
                if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"
            },
            **function["Environment"]["Variables"],
            "BENCHMARK_NOW": _EVENT["as_of"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function["Timeout"]),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
            "PYTHONDONTWRITEBYTECODE": "1",  # the code of a function is read-only on Lambda
            "FRESH_USAGE": "off",  # the other contenders do not read analytics
        }

    def measure(
        self, version: str, rows: int, turns: int, warm_checks: int, measured: tuple[Contender, ...]
    ) -> Figures:
        """Measure all contenders in turns, in another order each time, so that noise affects all of them.

        A function starts cold every few checks, but reads the earlier days of an account only once. So
        the first check is measured separately, before the turns.
        """
        figures = Figures()
        self._environment["USAGE_API"] = version
        with self._cloudflare(rows) as url:
            self._configure(rows)
            self._delete_alerts(and_days=True)
            [ours] = [contender for contender in measured if contender.name == OURS]
            self._write_budgets(ours)
            with self._runtime(ours, url) as runtime:
                figures.first, _ = self._check(runtime, ours, "sent")
                figures.first_memory = runtime.peak_memory()
            for number in range(turns):
                for place in range(len(measured)):
                    contender = measured[(number + place) % len(measured)]
                    self._turn(contender, url, warm_checks, figures)
        return figures

    def _turn(self, contender: Contender, url: str, warm_checks: int, figures: Figures) -> None:
        found = figures.of[contender.name]
        self._delete_alerts()
        self._write_budgets(contender)
        with self._runtime(contender, url) as runtime:
            seconds, found.cold_calls = self._check(runtime, contender, "sent")
            found.cold.append(seconds)
            found.cold_cpu.append(runtime.cpu_seconds())
            deadline = time.monotonic() + _WARM_SECONDS
            for _ in range(warm_checks):
                used = runtime.cpu_seconds()
                seconds, found.warm_calls = self._check(runtime, contender, "already_sent")
                found.warm.append(seconds)
                found.warm_cpu.append(runtime.cpu_seconds() - used)
                if time.monotonic() > deadline:
                    break
            found.memory.append(runtime.peak_memory())

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
            self._url = url
            yield runtime

    def _check(
        self, runtime: LambdaRuntime, contender: Contender, expected: str
    ) -> tuple[float, Counter[str]]:
        """Run one check; return its seconds, and its calls to AWS and to Cloudflare."""
        before = len(self._requests())
        answer = runtime.invoke(_EVENT)
        if expected not in _states(answer.value):
            log = self._log.read_text()[-3000:]
            sys.exit(f"{contender.name}: expected an alert with state {expected}, got {answer.value}\n{log}")
        calls = Counter(answer.value["calls"])
        calls.update(f"{each['method']} {_endpoint(each['path'])}" for each in self._requests()[before:])
        return answer.seconds, calls

    def _requests(self) -> list[dict[str, Any]]:
        """Return the requests that the local Cloudflare has got so far."""
        context = ssl.create_default_context(cafile=str(self._certificate))
        url = self._url.partition("/client/")[0] + "/_local/requests"
        with urllib.request.urlopen(url, context=context) as answer:  # noqa: S310 - a loopback address
            requests: list[dict[str, Any]] = json.load(answer)["requests"]
        return requests

    def _configure(self, rows: int) -> None:
        account = crowded(rows)
        path = f"{self._environment['PARAMETER_PREFIX']}/accounts/{account.id}/api-token"
        token = account.credentials.token
        self._ssm.put_parameter(Name=path, Value=token, Type="SecureString", Overwrite=True)

    def _write_budgets(self, contender: Contender) -> None:
        """Replace all budgets by those of a contender."""
        folder = f"{self._environment['PARAMETER_PREFIX']}/budgets"
        stored = self._ssm.get_parameters_by_path(Path=folder)["Parameters"]
        if stored:
            self._ssm.delete_parameters(Names=[each["Name"] for each in stored])
        for name, budget in contender.budgets.items():
            self._ssm.put_parameter(Name=f"{folder}/{name}", Value=json.dumps(budget), Type="String")

    def _delete_alerts(self, *, and_days: bool = False) -> None:
        """Delete the alerts, and with `and_days` the stored state of the account as well."""
        for item in self._table.scan(ProjectionExpression="pk, sk")["Items"]:
            if and_days or not str(item["sk"]).startswith(("NOTES", "DAY#")):
                self._table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})

    @contextlib.contextmanager
    def _cloudflare(self, rows: int) -> Iterator[str]:
        command = [
            *(sys.executable, "-m", "local.cloudflare", "--rows", str(rows), "--now", _EVENT["as_of"]),
            *(
                "--certificate",
                str(self._certificate),
                str(self._certificate.with_name("cloudflare-key.pem")),
            ),
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the arguments are constants
            try:
                yield str(process.stdout and process.stdout.readline()).strip()
            finally:
                process.terminate()


def _endpoint(path: str) -> str:
    """Return the path of an endpoint below the account."""
    return path.rpartition("/accounts/")[2].partition("/")[2] or path


def _states(reply: object) -> list[str]:
    accounts = reply.get("accounts", []) if isinstance(reply, Mapping) else []
    return [alert["state"] for account in accounts for alert in account["alerts"]]


if __name__ == "__main__":
    main()
