"""Renders messages as HTML pages that look like Microsoft Teams and Discord."""

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_STYLE = Path(__file__).with_name("pages.css").read_text(encoding="utf-8")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{channel}</title><style>{style}</style></head>
<body><div class="message {channel}"><div class="avatar">CB</div><div class="content">
<div><b>Cloudflare Budgets</b><span class="app">APP</span><time>{time}</time></div>
{message}
</div></div></body></html>
"""
_LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)+)\]\((https://[^\s()<>]+)\)")
_BOLD = re.compile(r"(?<!\\)\*\*((?:[^*\\]|\\.)+)\*\*")
_ESCAPED = re.compile(r"\\([\\*_~`|<>\[\]#@])")


def teams_page(message: Mapping[str, Any], time: str) -> str:
    """Render an Adaptive Card that the local Teams accepts, with the time beside the sender."""
    [attachment] = message["attachments"]
    card = attachment["content"]
    texts = [_run(run) for block in card["body"] for run in block["inlines"]]
    buttons = [
        f'<a class="button" href="{html.escape(each["url"])}">{html.escape(each["title"])}</a>'
        for each in card["actions"]
    ]
    body = "\n".join([*texts, *([_div("buttons", buttons)] if buttons else [])])
    return _PAGE.format(style=_STYLE, channel="teams", time=time, message=_div("card", [body]))


def discord_page(message: Mapping[str, Any], time: str) -> str:
    """Render embeds and text that the local Discord accepted, with the time of each."""
    parts = [_div("text", [_markdown(message["content"])])] if message.get("content") else []
    parts += [_embed(embed) for embed in message.get("embeds", ())]
    return _PAGE.format(style=_STYLE, channel="discord", time=time, message="\n".join(parts))


def _embed(embed: Mapping[str, Any]) -> str:
    footer = embed.get("footer")
    parts = (
        _div("title", [_markdown(embed["title"])]),
        _div("text", [_markdown(embed["description"])]) if embed.get("description") else "",
        _div("footer", [html.escape(footer["text"])]) if footer else "",
    )
    return f'<div class="embed" style="border-color:#{embed["color"]:06x}">{"".join(parts)}</div>'


def _run(run: Mapping[str, Any]) -> str:
    small = "small" if run.get("size") == "Small" else ""
    found = "headline" if run.get("size") == "Large" else "title" if run.get("weight") == "Bolder" else small
    return _div(found or "text", [html.escape(run["text"])])


def _markdown(text: str) -> str:
    """Render links and line breaks, and characters without the backslashes that escape them."""
    linked = _LINK.sub(r'<a href="\2">\1</a>', html.escape(text, quote=False))
    linked = _BOLD.sub(r"<b>\1</b>", linked)
    return _ESCAPED.sub(r"\1", linked.replace("\\&lt;", "&lt;").replace("\\&gt;", "&gt;")).replace(
        "\n", "<br>"
    )


def _div(name: str, parts: Iterable[str]) -> str:
    return f'<div class="{name}">{"".join(parts)}</div>'
