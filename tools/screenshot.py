"""The picture of the playground in README.md: a page of it, played to its end, in Chromium.

python tools/screenshot.py
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPO))

import facelab  # noqa: E402
from tests.browser.driving import FLAGS, HOW, chromium  # noqa: E402

TARGET = REPO / "notebooks" / "playground.png"
STEPS = 16  # of the recording: people are parting


def main() -> None:
    """Record, play some steps, take the view's picture."""
    path = chromium()
    if path is None:
        raise SystemExit(f"no Chromium: {HOW}")
    view = facelab.Playground(loss="arcface", margin=0.3, people=10, seed=1)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(view.to_html(Path(folder) / "playground.html").as_uri())
        page.wait_for_selector("canvas[data-frames]")
        for _ in range(STEPS):
            page.get_by_role("button", name="step", exact=True).click()
            page.wait_for_timeout(120)
        page.wait_for_timeout(500)
        page.locator(".facelab").screenshot(path=TARGET)
        browser.close()
    view.close()


if __name__ == "__main__":
    main()
