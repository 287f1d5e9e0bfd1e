"""The net under all tests: a secret that is printed or logged is found in whatever form it is."""

import base64
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from tests.support.canaries import ALL, API_TOKEN, given_away

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("secret", ALL)
def test_a_secret_is_found_in_every_form(secret: str) -> None:
    forms = (
        secret,
        secret[5:],
        secret[:-5],
        urllib.parse.quote(secret, safe=""),
        "".join(f"%{byte:02X}" for byte in secret.encode()),
        secret.encode().hex(),
        *(base64.b64encode(f"{before}{secret}: ".encode()).decode() for before in ("", "a", "ab")),
        '" "'.join(secret),
        "\\n".join((secret[:9], secret[9:])),
    )
    for form in forms:
        assert given_away(f"before {form} after") == [secret]


def test_other_texts_reveal_nothing() -> None:
    assert given_away("a canary in a mine, user@example.com, " + "x" * 40) == []


def test_a_test_that_logs_a_secret_fails(tmp_path: Path) -> None:
    test = tmp_path / "test_leaks.py"
    test.write_text(f"import logging\ndef test_leaks(): logging.getLogger('a').warning('{API_TOKEN}')\n")
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.conftest",
            "-c",
            os.devnull,
            "--rootdir",
            tmp_path,
            test,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "gives away 1 of tests/support/canaries.py" in run.stdout
    assert run.returncode == 1
