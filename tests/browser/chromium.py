"""Chromium, headless, that says what it asked for and what it complained of."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A phone and a desk, in pixels.
WIDTHS = (390, 1280)

#: What a page on a disk may read: itself.
_OWN = ("file://", "data:", "about:")


@dataclass(frozen=True)
class Browser:
    """A browser with one page open.

    Attributes:
        driver: selenium's.
    """

    driver: Any

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Opens a page from the disk in a window of this width, in one of the two schemes."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.complaints()
        self.requests()
        self.driver.get(page.as_uri())

    def run(self, script: str, *given: object) -> Any:  # noqa: ANN401 - whatever the script returns
        """Returns what a script comes to in the page."""
        return self.driver.execute_script(script, *given)

    def texts(self, selector: str) -> list[str]:
        """Returns the texts of the elements that can be seen."""
        script = """return [...document.querySelectorAll(arguments[0])].filter(one => one.offsetParent)
            .map(one => one.innerText.trim())"""
        found: list[str] = self.run(script, selector)
        return found

    def complaints(self) -> list[str]:
        """Returns what the console holds since it was last asked."""
        return [one["message"] for one in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Returns the addresses beyond the disk that were asked for since it was last asked."""
        events = [json.loads(one["message"])["message"] for one in self.driver.get_log("performance")]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if not address.startswith(_OWN)]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Starts the Chromium of this machine, and ends it.

    Raises:
        FileNotFoundError: it is not there, or its driver is not.
    """
    from selenium import webdriver  # noqa: PLC0415 - no other test needs it
    from selenium.webdriver.chrome.options import Options  # noqa: PLC0415 - as above
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415 - as above

    places = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not all(places):
        raise FileNotFoundError("Install Chromium and its driver: apt-get install chromium chromium-driver.")
    options = Options()
    options.binary_location = str(places[0])
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(places[1])))
    driver.set_script_timeout(120)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
