"""A handler in the Lambda runtime, run by the emulator that is part of the SAM CLI."""

import http.client
import json
import os
import platform
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import samcli  # type: ignore[import-untyped]

_FOLDER = Path(samcli.__file__).parent / "local" / "rapid"
_EMULATOR = _FOLDER / f"aws-lambda-rie-{'arm64' if platform.machine() in {'aarch64', 'arm64'} else 'x86_64'}"
_PATH = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 10
_ANSWER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """The return value of a handler, or its error, and its duration in seconds."""

    value: Any
    seconds: float


class LambdaRuntime:
    """An execution environment. The process of the handler starts with the first invocation."""

    def __init__(
        self, python: Path, handler: str, environment: Mapping[str, str], folder: Path, log: IO[bytes]
    ) -> None:
        self._port = _free_port()
        addresses = {"emulator": self._port, "api": _free_port()}
        self._process = subprocess.Popen(  # noqa: S603 - arguments are made here, and no shell reads them
            [
                str(_EMULATOR),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{addresses['emulator']}"),
                *("--runtime-api-address", f"127.0.0.1:{addresses['api']}"),
                *(str(python), "-m", "awslambdaric", handler),
            ],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )

    def __enter__(self) -> Self:
        """Wait until the emulator accepts connections."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return self
            time.sleep(0.01)
        self.__exit__()
        raise TimeoutError("the Lambda runtime emulator did not start")

    def __exit__(self, *_: object) -> None:
        """Stop the emulator, which stops the runtime."""
        self._process.terminate()
        self._process.wait()

    def invoke(self, event: Mapping[str, Any]) -> Answer:
        """Invoke the handler once."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_ANSWER_SECONDS)
        started = time.perf_counter()
        connection.request("POST", _PATH, json.dumps(event))
        body = connection.getresponse().read()
        seconds = time.perf_counter() - started
        connection.close()
        return Answer(json.loads(body), seconds)

    def peak_memory(self) -> int:
        """Return the peak resident memory of the handler's process, in bytes."""
        [high_water] = [line for line in self._proc("status").splitlines() if line.startswith("VmHWM")]
        return int(high_water.split()[1]) * 1024

    def cpu_seconds(self) -> float:
        """Return the CPU time of the handler's process so far, in seconds."""
        user, system = self._proc("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _proc(self, name: str) -> str:
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        [runtime] = "".join(path.read_text() for path in children).split()
        return Path(f"/proc/{runtime}/{name}").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
