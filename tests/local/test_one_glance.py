"""What people see of a report and of a Slack message fits into few screens, measured by Chromium."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pytest

from cloudflare_budgets.messages.channels.discord import discord_message
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.slack.message import slack_message
from local.channels.pages import discord_page, teams_page
from local.pictures.browser import BrowserError, find_chromium
from local.slack.page import slack_page
from tests.support.world import FakeReportStore
from tests.unit.messages.alerts.each_kind import of_a_crossing
from tests.unit.messages.alerts.mailed import BUDGETS, a_world, three_weeks
from tests.unit.messages.slack.test_slack_messages import notification_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Glances: TypeAlias = "Mapping[str, tuple[int, int]]"

PHONE, PHONE_SCREEN = 390, 844
WIDTHS = (600, PHONE)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom")
FRAME = """<iframe id="{name}" src="{name}.html" style="width:{width}px;height:100px;border:0"></iframe>"""
MEASURE = """<script>
window.onload = () => {{
  const selectors = {selectors};
  document.title = Object.keys(selectors).map((name) => {{
    const shown = document.getElementById(name).contentDocument.querySelector(selectors[name]);
    return [name, Math.ceil(shown.getBoundingClientRect().height), shown.scrollWidth].join();
  }}).join(";");
}};
</script>"""
SEVEN = {**BUDGETS, "free": '{"limit": "100% of allowance"}', "small": '{"limit": "5000 USD"}'}


@dataclass(frozen=True, slots=True)
class Page:
    """A page, the CSS selector of the part to measure, and the width of the window in CSS pixels."""

    html: str
    selector: str
    width: int


@pytest.fixture(scope="module")
def glances(tmp_path_factory: pytest.TempPathFactory) -> Glances:
    """The height of each part, and the width of its content, in CSS pixels; one browser measures all."""
    try:
        chromium = find_chromium()
    except BrowserError as error:
        pytest.skip(str(error))
    folder, pages = tmp_path_factory.mktemp("pages"), dict(_pages())
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page.html)
    frames = "".join(FRAME.format(name=name, width=page.width) for name, page in pages.items())
    script = MEASURE.format(selectors=json.dumps({name: page.selector for name, page in pages.items()}))
    (folder / "all.html").write_text(f"<!DOCTYPE html>{frames}{script}")
    command = [chromium, *FLAGS, "--virtual-time-budget=5000", (folder / "all.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - ours
    found = {
        name: (int(height), int(width))
        for name, height, width in re.findall(r"([\w-]+),(\d+),(\d+)", _title(shown.stdout))
    }
    assert found.keys() == pages.keys(), shown.stdout
    return found


def _title(dumped: str) -> str:
    found = re.search(r"<title>(.*)</title>", dumped)
    return found[1] if found else ""


def _pages() -> Iterator[tuple[str, Page]]:
    world = a_world(**SEVEN)
    world.pages = FakeReportStore()
    world.use(*three_weeks())
    world.run(digest=True)
    yield "report", Page(world.pages.pages[0], "html", PHONE)
    alert = notification_of(of_a_crossing())
    yield "slack", Page(slack_page(slack_message(alert), "10:00"), ".message", 600)
    channels = {
        "teams": teams_page(teams_message(alert), "10:00"),
        "discord": discord_page(discord_message(alert), "10:00"),
    }
    for channel, html in channels.items():
        for width in WIDTHS:
            narrow = html.replace("width: 600px", f"width: {width}px")
            yield f"{channel}-{width}", Page(narrow, ".message", width)


def test_the_report_of_seven_budgets_is_at_most_five_screens_of_a_phone(glances: Glances) -> None:
    height, width = glances["report"]
    assert height <= 5 * PHONE_SCREEN
    assert width <= PHONE


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("channel", ["teams", "discord"])
def test_a_crossing_in_each_channel_is_one_glance(channel: str, width: int, glances: Glances) -> None:
    height, shown = glances[f"{channel}-{width}"]
    assert height <= (330 if width > PHONE else 400)
    assert shown <= width


def test_a_crossing_in_slack_is_one_glance(glances: Glances) -> None:
    height, _ = glances["slack"]
    assert height <= 260
