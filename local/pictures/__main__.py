"""Writes the pictures of the documentation: `make pictures`, or `python -m local.pictures`.

Needs the package on the path: `PYTHONPATH=layers/cloudflare_budgets`.
"""

import sys
from pathlib import Path

from local.pictures.browser import Area, BrowserError, find_chromium, picture
from local.pictures.packages import packages_page
from local.pictures.scene import message_pages, scene
from local.pictures.screens import screens

_ROOT = Path(__file__).resolve().parents[2]
FOLDER = _ROOT / "docs" / "pictures"
_PACKAGES = Area(".packages", ".packages", 860)
_MESSAGE = Area(".message", ".message", 600)
_REPORT = Area(".card[open]", ".card[open] figure", 720, margin=12)


def main() -> int:
    """Write the pictures and return the exit code of the process."""
    try:
        chromium = find_chromium()
        FOLDER.mkdir(exist_ok=True)
        packages = packages_page(_ROOT / "pyproject.toml", _ROOT / "layers" / "cloudflare_budgets")
        picture(packages, _PACKAGES, FOLDER / "packages.png", chromium)
        found = scene()
        for name, page in message_pages(found).items():
            picture(page, _MESSAGE, FOLDER / f"{name}.png", chromium)
        picture(found.report, _REPORT, FOLDER / "report.png", chromium)
        for name, drawing in screens().items():
            (FOLDER / f"{name}.svg").write_text(drawing)
    except (BrowserError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    for file in sorted(FOLDER.iterdir()):
        print(f"{file}  {file.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
