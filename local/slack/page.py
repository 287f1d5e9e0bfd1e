"""Renders a message as an HTML page that looks like Slack's channel view."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.slack.rendering import BOLD, LINK

_CODE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Slack</title><style>{style}</style></head>
<body><div class="message"><div class="avatar">CB</div><div class="content">
<div><b>Cloudflare Budgets</b><span class="app">APP</span><time>{time}</time></div>
{blocks}
</div></div></body></html>
"""


def slack_page(message: Mapping[str, Any], time: str) -> str:
    """Render a message that the local Slack accepts.

    Args:
        message: the JSON that was posted.
        time: the time beside the sender, such as `10:00`.
    """
    blocks = message.get("blocks") or [
        {"type": "section", "text": {"type": "mrkdwn", "text": message["text"]}}
    ]
    return _PAGE.format(style=_STYLE, time=time, blocks="\n".join(_block(block) for block in blocks))


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "divider":
            return '<hr class="divider">'
        case "header":
            return _div("header", [_text(block["text"])])
        case "context":
            return _div("context", [" ".join(map(_text, block["elements"]))])
        case "actions":
            return _div(
                "section",
                (f'<span class="button">{_text(each["text"])}</span>' for each in block["elements"]),
            )
        case _:
            texts = [_div("section", [_text(block["text"])])] if "text" in block else []
            fields = [f"<div>{_text(field)}</div>" for field in block.get("fields", [])]
            return "\n".join([*texts, *([_div("section fields", fields)] if fields else [])])


def _div(name: str, parts: Iterable[str]) -> str:
    return f'<div class="{name}">{"".join(parts)}</div>'


def _text(found: Mapping[str, str]) -> str:
    # Slack's three escapes (&amp; &lt; &gt;) are those of HTML.
    text = found["text"]
    if found["type"] != "mrkdwn":
        return text
    text = _CODE.sub(r"<pre>\1</pre>", LINK.sub(r'<a href="\1">\2</a>', text))
    return BOLD.sub(r"<b>\1</b>", text).replace("\n", "<br>")
