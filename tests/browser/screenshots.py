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
from browser.reviewing import start_reviewing

_SETTLED = """() => {
    const app = document.querySelector("[data-testid=stApp]");
    const waiting = document.querySelector("[data-testid=stSkeleton]");
    return app?.dataset.testScriptState === "notRunning" && !waiting;
}"""


_LINES = [
    f"guest{n}@example.com,purchase,2026-01-{n:02} 09:30,MUG-SPECKLED,16.00" for n in range(1, 31)
]
_FILE = "\n".join(["email,event,time,sku,amount", *_LINES, "nobody,purchase,2026-01-31 10:20,,"])
_CARTS = "added to cart but did not purchase in the last 7 days"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".github" / "images"
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 1280
    folder.mkdir(parents=True, exist_ok=True)
    with _shop() as address, _window(width) as page:
        for name, open_ in _SCREENS.items():
            open_(page, address)
            _settle(page)
            page.screenshot(path=folder / f"{name}.png")
            print(folder / f"{name}.png")


def _home(page: Page, address: str) -> None:
    page.goto(address)


def _ingest(page: Page, address: str) -> None:
    page.goto(f"{address}/ingest?ingest=A+file")
    file = {"name": "shop.csv", "mimeType": "text/csv", "buffer": _FILE.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("Dry run of 31 rows").scroll_into_view_if_needed()


def _customers(page: Page, address: str) -> None:
    page.goto(f"{address}/customers?customers_type=purchase")


def _customer(page: Page, address: str) -> None:
    page.goto(f"{address}/segments")
    page.get_by_role("link", name="Frequent buyers").click()
    page.get_by_test_id("stPageLink").filter(has_text="@example").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("@")


def _segment(page: Page, address: str) -> None:
    page.goto(f"{address}/segments?segment=new")
    page.get_by_role("textbox", name="Name").fill("Left their cart")
    page.keyboard.press("Tab")
    _settle(page)
    page.get_by_role("textbox", name="In your own words").fill(_CARTS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Understood")).to_be_visible()


def _review(page: Page, address: str) -> None:
    page.goto(f"{address}/campaigns")
    page.get_by_role("button", name="Cart reminder").click()
    page.get_by_role("tab", name="Review").click()
    start_reviewing(page, "Ada")


_SCREENS = {
    "home": _home,
    "ingest": _ingest,
    "customers": _customers,
    "customer": _customer,
    "segment": _segment,
    "review": _review,
}


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
