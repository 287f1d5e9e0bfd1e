"""Takes pictures of HTML pages with headless Chromium."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
)
_SCALE = 1.25
_TALL = 6000
_SECONDS = 60
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_MEASURE = """<script>
const box = (selector) => document.querySelector(selector)?.getBoundingClientRect();
const [first, last] = [box({first}), box({last})];
document.title = first && last ? Math.floor(first.top) + " " + Math.ceil(last.bottom) : "missing";
</script>"""
_SHIFT = "<style>html {{ overflow: hidden }} body {{ position: relative; top: -{top}px }}</style>"


class BrowserError(RuntimeError):
    """Chromium is missing or failed; the message names the remedy."""


def find_chromium(environment: Mapping[str, str] = os.environ) -> str:
    """Find Chromium's command: `CHROMIUM` if set, otherwise the first known name on the path.

    Raises:
        BrowserError: Chromium is not installed.
    """
    for name in (environment.get("CHROMIUM", ""), *_NAMES):
        if found := shutil.which(name, path=environment.get("PATH")):
            return found
    raise BrowserError(
        "Chromium is not installed. On Debian and Ubuntu: apt-get install chromium fonts-noto-color-emoji. "
        "Or set CHROMIUM to the path of a Chromium or Chrome."
    )


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a page: the full width, from the top of one element to the bottom of another.

    Attributes:
        first: CSS selector of the element at the top.
        last: CSS selector of the element at the bottom.
        width: width of the window in CSS pixels.
        margin: space above and below, in CSS pixels.
    """

    first: str
    last: str
    width: int
    margin: int = 0


def picture(html: str, area: Area, file: Path, chromium: str) -> None:
    """Write a PNG of a part of a page.

    Args:
        html: the page.
        area: which part.
        file: where to write the PNG.
        chromium: the command from `find_chromium`.

    Raises:
        BrowserError: the page has no such part, or Chromium failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")

        def run(content: str, height: int, *flags: str) -> str:
            page.write_text(content, encoding="utf-8")
            size = f"--window-size={area.width},{height}"
            return _run([chromium, *_FLAGS, f"--user-data-dir={folder}/profile", size, *flags, page.as_uri()])

        # The policy of the report forbids scripts, and a script measures the part.
        script = _MEASURE.format(first=json.dumps(area.first), last=json.dumps(area.last))
        dumped = run(_POLICY.sub("", html).replace("</body>", f"{script}</body>"), _TALL, "--dump-dom")
        top, bottom = _measured(dumped, area)
        shifted = html.replace("</head>", f"{_SHIFT.format(top=top)}</head>")
        run(shifted, bottom - top, f"--screenshot={file}", f"--force-device-scale-factor={_SCALE}")


def _measured(dumped: str, area: Area) -> tuple[int, int]:
    found = re.search(r"<title>(-?\d+) (-?\d+)</title>", dumped)
    if found is None:
        raise BrowserError(f"The page has no element {area.first}, or no {area.last}.")
    return int(found[1]) - area.margin, int(found[2]) + area.margin


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - arguments are made here, and no shell reads them
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BrowserError(f"Chromium did not end within {_SECONDS} seconds.") from None
    if done.returncode:
        raise BrowserError(f"Chromium failed with exit code {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout
