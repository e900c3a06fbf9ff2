"""What a reviewer does in the queue, and what they see of it."""

import re

from playwright.sync_api import Page, expect

from browser.waiting import until_done

#: As long as a glance takes: what comes sooner after a draft was shown decides nothing.
_A_GLANCE = 700
_ADDRESS = re.compile(r"^[\w.]+@[\w.]+$")


def start_reviewing(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()


def press(page: Page, key: str) -> None:
    """Press a key once the whole draft is there, and was for as long as a glance takes."""
    until_done(page)
    page.wait_for_timeout(_A_GLANCE)
    page.keyboard.press(key)


def number_left(page: Page) -> int:
    return int(page.get_by_text(re.compile(r"^\d+ left of")).inner_text().split()[0])


def expect_left(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"^{number} left of"))).to_be_visible()


def addressee(page: Page) -> str:
    return page.get_by_text(_ADDRESS).first.inner_text()
