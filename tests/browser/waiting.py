"""Waiting for the page, where what it shows does not tell that more is to come."""

from playwright.sync_api import Page


def until_done(page: Page) -> None:
    """Until the run that draws the page has ended, as its header says."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
