"""`python -m tests.browser.screenshots [FOLDER] [WIDTH]`: pictures of the screens with demo data.

Those in the README are made by it, 1280 pixels wide; for a look at phones there is 390.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from pipeline.clock import utcnow
from pipeline.database import connect
from pipeline.demo import load_demo

sys.path.append(str(Path(__file__).parents[1]))  # as pytest has it

from servers import ROOT, STREAMLIT, serving

from browser.chromium import find

_SETTLED = """() => {
    const app = document.querySelector("[data-testid=stApp]");
    const waiting = document.querySelector("[data-testid=stSkeleton]");
    return app?.dataset.testScriptState === "notRunning" && !waiting;
}"""


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".github" / "images"
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 1280
    folder.mkdir(parents=True, exist_ok=True)
    with _shop() as address, _window(width) as page:
        for name in _screens(page, address):
            _settle(page)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")


def _screens(page: Page, address: str) -> Iterator[str]:
    """Goes from screen to screen, and says what each is called."""
    for name in ("home", "ingest", "customers"):
        page.goto(f"{address}/{'' if name == 'home' else name}")
        yield name
    page.goto(address)
    page.get_by_test_id("stPageLink").filter(has_text="@example").first.click()
    expect(page).to_have_url(f"{address}/customers?customer=*")
    yield "customer"
    page.goto(f"{address}/segments")
    page.get_by_test_id("stPageLink").filter(has_text="Frequent buyers").first.click()
    yield "segment"
    page.goto(f"{address}/campaigns")
    page.get_by_test_id("stPageLink").filter(has_text="Cart reminder").first.click()
    page.get_by_role("tab", name="Review").click()
    yield "review"


def _settle(page: Page) -> None:
    page.wait_for_function(_SETTLED)
    page.wait_for_timeout(2_000)  # charts are drawn after the script has ended


@contextmanager
def _shop() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/shop.db"
        database = connect(url)
        load_demo(database, now=utcnow())
        database.close()
        with serving(STREAMLIT, Path(folder) / "log", {**os.environ, "DATABASE_URL": url}) as at:
            yield at


@contextmanager
def _window(width: int) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(executable_path=find(playwright), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": 900},
            timezone_id="Europe/Berlin",
            locale="en-GB",
            color_scheme="light",
        )
        yield page
        browser.close()


if __name__ == "__main__":
    main()
