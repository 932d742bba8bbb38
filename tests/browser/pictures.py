"""Makes the pictures of docs/report.md: `python -m tests.browser.pictures docs/report NAME=REPORT [NAME=REPORT ...]`.

Of each report, every section of its page as NAME-SECTION.png. Needs the extra `browser`, Chromium and its driver.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from reports.report_folder import PAGE
from tests.browser.chromium import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.chromium import Browser

#: Where each section stands on a page of one subject.
SECTIONS = {
    "head": "header",
    **{
        name: f"section[id$='-{name}']"
        for name in ("criteria", "findings", "flow", "asymmetries", "tokens", "labels", "partings", "speed", "checks")
    },
    "examples": "#examples",
}

#: Of the window and of a picture, in pixels: what is longer goes on in the same way.
WIDTH, TALLEST = 620, 720

#: A page has few colours, and a picture of so many is a fifth as large.
_COLOURS = 48

_PLACE = """const place = document.querySelector(arguments[0]).getBoundingClientRect();
return [place.x + scrollX, place.y + scrollY, place.width, place.height]"""


#: Where the run was made is nothing to show: addresses, folders and the command line.
_HIDE = "document.querySelectorAll('header .facts').forEach(one => one.remove())"


def pictures(browser: Browser, page: Path) -> Iterator[tuple[str, Image.Image]]:
    """Yields each section of a page, with its name."""
    browser.open(page, width=WIDTH)
    browser.run(_HIDE)
    for name, selector in SECTIONS.items():
        x, y, width, height = browser.run(_PLACE, selector)
        clip = {"x": x, "y": y, "width": width, "height": min(height, TALLEST), "scale": 1}
        asked = {"format": "png", "clip": clip, "captureBeyondViewport": True}
        taken = browser.driver.execute_cdp_cmd("Page.captureScreenshot", asked)
        yield name, Image.open(io.BytesIO(base64.b64decode(taken["data"])))


def main() -> int:
    """Makes the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=str(__doc__).splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("reports", nargs="+", metavar="NAME=REPORT")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for one in asked.reports:
            name, _, report = one.partition("=")
            for section, picture in pictures(browser, Path(report).resolve() / PAGE):
                file = asked.folder / f"{name}-{section}.png"
                picture.convert("RGB").quantize(_COLOURS).save(file, optimize=True)
                sys.stdout.write(f"{file}: {picture.width} x {picture.height}, {file.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
