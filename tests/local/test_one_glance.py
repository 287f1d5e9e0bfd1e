"""What people see of a report and of a Slack message fits into few screens, measured by Chromium."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

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
    from pathlib import Path

PHONE, PHONE_SCREEN = 390, 844
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom")
FRAME = """<!DOCTYPE html>
<iframe id="page" src="page.html" style="width:{width}px;height:100px;border:0"></iframe>
<script>
const page = document.getElementById("page");
page.onload = () => {{
  const shown = page.contentDocument.querySelector("{selector}");
  document.title = Math.ceil(shown.getBoundingClientRect().height) + "," + shown.scrollWidth;
}};
</script>"""
SEVEN = {**BUDGETS, "free": '{"limit": "100% of allowance"}', "small": '{"limit": "5000 USD"}'}


def measured(html: str, selector: str, width: int, folder: Path) -> tuple[int, int]:
    """Give the height of an element, and the width that its content takes, in CSS pixels."""
    try:
        chromium = find_chromium()
    except BrowserError as error:
        pytest.skip(str(error))
    (folder / "page.html").write_text(html)
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width, selector=selector))
    command = [chromium, *FLAGS, "--virtual-time-budget=5000", frame.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - ours
    found = re.search(r"<title>(\d+),(\d+)</title>", shown.stdout)
    assert found, shown.stdout
    return int(found[1]), int(found[2])


def test_the_report_of_seven_budgets_is_at_most_five_screens_of_a_phone(tmp_path: Path) -> None:
    world = a_world(**SEVEN)
    world.pages = FakeReportStore()
    world.use(*three_weeks())
    world.run(digest=True)
    height, width = measured(world.pages.pages[0], "html", PHONE, tmp_path)
    assert height <= 5 * PHONE_SCREEN
    assert width <= PHONE


@pytest.mark.parametrize("width", [600, PHONE])
@pytest.mark.parametrize("channel", ["teams", "discord"])
def test_a_crossing_in_each_channel_is_one_glance(channel: str, width: int, tmp_path: Path) -> None:
    alert = notification_of(of_a_crossing())
    html = teams_page(teams_message(alert), "10:00")
    if channel == "discord":
        html = discord_page(discord_message(alert), "10:00")
    narrow = html.replace("width: 600px", f"width: {width}px")
    height, shown = measured(narrow, ".message", width, tmp_path)
    assert height <= (330 if width > PHONE else 400)
    assert shown <= width


def test_a_crossing_in_slack_is_one_glance(tmp_path: Path) -> None:
    html = slack_page(slack_message(notification_of(of_a_crossing())), "10:00")
    height, _ = measured(html, ".message", 600, tmp_path)
    assert height <= 260
