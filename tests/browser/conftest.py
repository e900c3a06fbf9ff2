"""A served app and a browser: `page` on `shop`, which has demo data, or on `empty`."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from servers import STREAMLIT, serving

from browser.chromium import find
from pipeline.clock import utcnow
from pipeline.database import connect
from pipeline.demo import load_demo
from tests.mail import MAIL_FROM, MailServer, mail_server

# Opened at /customers, Streamlit asks for these below that path first, where they are not; and a
# window may outlive its server for a moment.
_NO_FAULT = re.compile(
    r"/\w+/_stcore/(health|host-config)\)$|ERR_CONNECTION_REFUSED|dynamically imported module"
)

# A page's first run imports what it needs, and machines that test are busy ones.
expect.set_options(timeout=20_000)


# ----------------------------------------------------------------------------------------- browser
# Not for the session: Playwright's event loop would be in the way of tests that run their own.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium: `CHROMIUM`, else one on the PATH or Playwright's own; without one tests skip."""
    with sync_playwright() as playwright:
        found = find(playwright)
        if not found:
            pytest.skip("no Chromium: install one, or say in CHROMIUM where it is")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a visitor in Berlin, 1280 pixels wide; an error in its console fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin", locale="en-GB"
    )
    page = context.new_page()
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not _NO_FAULT.search(text):
            errors.append(text)

    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == [], "the browser's console has errors"


# ---------------------------------------------------------------------------------------- the app
@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the demo data of today, to copy."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    database = connect(f"sqlite:///{path}")
    load_demo(database, now=utcnow())
    database.close()
    return path


@pytest.fixture(scope="session")
def shop(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with demo data, shared: for tests that change nothing in it."""
    with _app(tmp_path_factory.mktemp("shop"), demo_file) as address:
        yield address


@pytest.fixture
def own_shop(demo_file: Path, tmp_path: Path) -> Iterator[str]:
    """The address of an app with demo data, for this test alone."""
    with _app(tmp_path, demo_file) as address:
        yield address


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[str]:
    """The address of an app without any data, for this test alone."""
    with _app(tmp_path) as address:
        yield address


@pytest.fixture
def mailing_shop(demo_file: Path, tmp_path: Path) -> Iterator[tuple[str, MailServer]]:
    """As `own_shop`, and the mail server over which it really sends."""
    with mail_server() as mail:
        settings = {"SMTP_URL": mail.url(), "MAIL_FROM": MAIL_FROM}
        with _app(tmp_path, demo_file, settings) as address:
            yield address, mail


@contextmanager
def _app(folder: Path, data: Path | None = None, settings: Mapping[str, str] = {}) -> Iterator[str]:
    database = folder / "app.db"
    if data:
        shutil.copy(data, database)
    environment = {"DATABASE_URL": f"sqlite:///{database}", **settings}
    with serving(STREAMLIT, folder / "log", environment) as address:
        yield address
    assert "Traceback" not in (folder / "log").read_text()
