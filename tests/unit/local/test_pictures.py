"""The pictures of the documentation: Slack's look, and what is asked of Chromium."""

import os
import re
import stat
from pathlib import Path

import pytest

from cloudflare_budgets.messages.channels.discord import discord_message, escaped
from cloudflare_budgets.messages.channels.teams import teams_message
from local.channels.pages import discord_page, teams_page
from local.pictures.browser import Area, BrowserError, find_chromium, picture
from local.pictures.packages import packages_page
from local.pictures.screens import drawn
from local.slack.page import slack_page
from tests.unit.messages.channels.notifications import BAR, CROSSED, MESSAGE, URL

ROOT = Path(__file__).parents[3]
PICTURES = sorted((ROOT / "docs/pictures").glob("*.png"))
AREA = Area(".first", ".last", 600, margin=5)
PAGE = (
    '<html><head><meta http-equiv="Content-Security-Policy" content="x"></head>'
    '<body><p class="first">a</p></body></html>'
)


def chromium(folder: Path, dumped: str, code: int = 0) -> str:
    """Make a Chromium that writes down its arguments and its page."""
    file = folder / "chromium"
    file.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {folder}/arguments\n'
        f'for last; do :; done; cat "${{last#file://}}" >> {folder}/pages\n'
        f"echo '{dumped}'; echo 'a reason' >&2; exit {code}\n"
    )
    file.chmod(stat.S_IRWXU)
    return str(file)


def test_a_missing_chromium_is_named_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match=r"Chromium is not installed.*apt-get install chromium"):
        find_chromium({"PATH": str(tmp_path)})


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_chromium_is_found_under_each_of_its_names(tmp_path: Path, name: str) -> None:
    Path(chromium(tmp_path, "")).rename(tmp_path / name)
    assert find_chromium({"PATH": str(tmp_path)}) == str(tmp_path / name)


def test_chromium_is_found_where_the_environment_says(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    Path(chromium(tmp_path, "")).rename(mine)
    assert find_chromium({"PATH": os.environ["PATH"], "CHROMIUM": str(mine)}) == str(mine)


def test_a_part_of_a_page_is_measured_and_then_photographed(tmp_path: Path) -> None:
    command = chromium(tmp_path, "<title>100 400</title>")
    picture(PAGE, AREA, tmp_path / "out.png", command)
    measured, taken = (tmp_path / "arguments").read_text().splitlines()
    assert "--dump-dom" in measured
    assert f"--screenshot={tmp_path}/out.png" in taken
    assert "--window-size=600,310" in taken  # 300 pixels and two margins
    pages = (tmp_path / "pages").read_text()
    assert pages.count("Content-Security-Policy") == 1  # it would forbid the script that measures
    assert "top: -95px" in pages


def test_a_page_without_the_part_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match=r"no element \.first, or no \.last"):
        picture(PAGE, AREA, tmp_path / "out.png", chromium(tmp_path, "<title>missing</title>"))


def test_a_chromium_that_fails_is_an_error_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="exit code 1:\na reason"):
        picture(PAGE, AREA, tmp_path / "out.png", chromium(tmp_path, "", code=1))


def test_a_slack_page_has_every_block_with_its_markup() -> None:
    text = {"type": "plain_text", "text": "Report"}
    message = {
        "text": "a",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "R&amp;D"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "*41* of 2*3*4\n<https://example.com/?a&amp;b|a link>"},
                "fields": [{"type": "mrkdwn", "text": "```\ncode\n```"}],
            },
            {"type": "divider"},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "&lt;b&gt;"}]},
            {"type": "actions", "elements": [{"type": "button", "text": text}]},
        ],
    }
    page = slack_page(message, "10:00")
    for part in (
        "<time>10:00</time>",
        '<div class="header">R&amp;D</div>',
        '<div class="section"><b>41</b> of 2*3*4<br><a href="https://example.com/?a&amp;b">a link</a></div>',
        '<div class="section fields"><div><pre>code</pre></div></div>',
        '<hr class="divider">',
        '<div class="context">&lt;b&gt;</div>',
        '<div class="section"><span class="button">Report</span></div>',
    ):
        assert part in page


def test_a_teams_page_has_every_text_of_the_card_and_its_button() -> None:
    page = teams_page(teams_message(CROSSED), "10:00")
    for part in (
        f'<div class="headline">⚠️ {MESSAGE.headline}</div>',
        f'<div class="text">{BAR}</div>',
        '<div class="small">data through 21 Nov, usage API V2 · alert 5b6e6c46</div>',
        f'<a class="button" href="{URL}">Cloudflare</a>',
        "<time>10:00</time>",
    ):
        assert part in page


def test_a_discord_page_shows_what_the_escaped_markup_means() -> None:
    page = discord_page(discord_message(CROSSED), "10:00")
    for part in (
        f'<div class="title">⚠️ {MESSAGE.headline}</div>',
        f'<div class="text">{BAR}<br>Passed 80 % (also 50 %)<br><a href="{URL}">Cloudflare</a></div>',
        'style="border-color:#bf8700"',
    ):
        assert part in page
    text = discord_page({"content": escaped("*a* [b](https://c.example) <@1>")}, "10:00")
    assert '<div class="text">*a* [b](https://c.example) &lt;@1&gt;</div>' in text


def test_a_slack_page_of_plain_text_shows_it() -> None:
    assert '<div class="section">hello</div>' in slack_page({"text": "hello"}, "10:00")


def test_the_packages_are_drawn_in_the_order_of_the_contracts_with_their_docstrings() -> None:
    page = packages_page(ROOT / "pyproject.toml", ROOT / "layers/cloudflare_budgets")
    drawn = re.findall(r"<b>(\w+)</b><span>(.+?)</span>", page)
    names = [name for name, _ in drawn]
    assert [
        name for name in names if name in {"check", "ports", "messages", "domain", "run", "primitives"}
    ] == [
        "check",
        "ports",
        "messages",
        "domain",
        "run",
        "primitives",
    ]
    assert all(text.strip() for _, text in drawn)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small_and_shown_on_a_page(path: Path) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert path.stat().st_size < 200_000
    assert any(f"pictures/{path.name})" in page.read_text() for page in pages)


def test_a_screen_is_drawn_with_its_colours_and_loads_nothing() -> None:
    drawing = drawn("cloudflare-budgets status", "\x1b[31mspend\x1b[0m over limit\n")
    assert "spend" in drawing
    assert "font-face" not in drawing
    assert "url(http" not in drawing
    assert drawing == drawn("cloudflare-budgets status", "\x1b[31mspend\x1b[0m over limit\n")
