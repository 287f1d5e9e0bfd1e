"""Starts and stops MiniStack as a child process."""

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self, TypedDict

from local.aws.certificate import write_certificate

_ROOT = Path(__file__).resolve().parents[2]
_REGION = "us-east-1"
_START_SECONDS = 30
_PORT_TRIES = 3


class ConnectionSettings(TypedDict):
    """Arguments of a boto3 client of the local AWS: `boto3.client("sns", **aws.connection)`."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str
    verify: str


class LocalAws:
    """MiniStack during a `with` block. Its data is deleted at the end."""

    def __enter__(self) -> Self:
        """Start MiniStack and wait until it responds.

        Raises:
            RuntimeError: MiniStack exited or did not respond within 30 seconds; with the end of its log.
        """
        self._folder = tempfile.TemporaryDirectory(
            prefix="cloudflare-budgets-aws-", ignore_cleanup_errors=True
        )
        self._log = Path(self._folder.name, "ministack.log")
        self._permissions = Path(self._folder.name, "permissions.jsonl")
        self._certificate = Path(self._folder.name, "certificate.pem")
        self._key = Path(self._folder.name, "key.pem")
        write_certificate(self._certificate, self._key)
        for _ in range(_PORT_TRIES):
            self._process = self._start(_free_port())
            if self._answers():
                return self
            self._stop()
        message = f"MiniStack did not start:\n{self.log()[-2000:]}"
        self._folder.cleanup()
        raise RuntimeError(message)

    def __exit__(self, *_: object) -> None:
        """Stop MiniStack and its functions, and delete its data."""
        self._stop()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """The URL of all AWS services."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def connection(self) -> ConnectionSettings:
        """The URL and the administrator's credentials, for boto3."""
        # In MiniStack, these are the credentials of the root user, to whom policies do not apply.
        return {
            "endpoint_url": self.url,
            "region_name": _REGION,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "verify": str(self._certificate),
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a tool such as SAM: of this process, with other AWS settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return own | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": self.connection["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.connection["aws_secret_access_key"],
            "AWS_CA_BUNDLE": str(self._certificate),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def log(self) -> str:
        """The output of MiniStack so far."""
        return self._log.read_text(errors="replace")

    def permissions_used(self) -> set[tuple[str, str, str]]:
        """The permissions that functions used so far: name of the role, action and resource."""
        lines = self._permissions.read_text().splitlines() if self._permissions.exists() else []
        return {(role, action, resource) for role, action, resource in map(json.loads, lines)}

    def _start(self, port: int) -> subprocess.Popen[bytes]:
        self._port = port
        # The functions inherit this environment, so it contains no settings of the user.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self._folder.name,
            "TMPDIR": self._folder.name,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",  # this listener ignores BIND_HOST and listens on every interface
            "SFTP_ENABLED": "0",
            "AUTH": "true",
            "PERMISSIONS_USED": str(self._permissions),
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",  # AWS waits minutes before it retries
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(self._certificate),
            "MINISTACK_SSL_KEY": str(self._key),
            "MINISTACK_REGION": _REGION,
            "S3_DATA_DIR": f"{self._folder.name}/s3",
            "STATE_DIR": f"{self._folder.name}/state",
        }
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "local.aws.server"],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def _answers(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        trust = ssl.create_default_context(cafile=str(self._certificate))
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                ready = f"{self.url}/_ministack/ready"
                with urllib.request.urlopen(ready, timeout=1, context=trust):  # noqa: S310 - a loopback address
                    return True
            except OSError:
                time.sleep(0.02)
        return False

    def _stop(self) -> None:
        self._process.communicate()  # closes its standard input, which stops it


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
