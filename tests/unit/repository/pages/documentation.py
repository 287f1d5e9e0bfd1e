"""README.md and the pages in docs/, as the tests in this folder read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
README = (ROOT / "README.md").read_text()
PAGES = {
    "README.md": README,
    **{f"docs/{path.name}": path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))},
}
OTHERS = {name: (ROOT / name).read_text() for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")}
EVERYTHING = "\n".join(PAGES.values())
PROSE = " ".join(EVERYTHING.split())


def page(name: str) -> str:
    """Read the page docs/<name>.md."""
    return PAGES[f"docs/{name}.md"]


def blocks(text: str, language: str) -> list[str]:
    """Find the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def section(text: str, heading: str) -> str:
    """Read a section without its subsections' limits: up to the next heading of the same level."""
    level = heading.partition(" ")[0]
    found: str = text.partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]
    assert found, heading
    return found


def rows(text: str) -> list[list[str]]:
    """Read the cells of every table row, without the rows of headings."""
    lines = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    rules = [number for number, row in enumerate(cells) if set("".join(row)) <= set("-")]
    heads = {*rules, *(number - 1 for number in rules)}
    return [row for number, row in enumerate(cells) if number not in heads]


def commands(text: str) -> str:
    """Join the shell commands, each on one line."""
    return "".join(blocks(text, "sh")).replace("\\\n", " ")


COMMANDS = commands(EVERYTHING)
DOCUMENTS = list(dict.fromkeys(blocks(EVERYTHING, "json")))
