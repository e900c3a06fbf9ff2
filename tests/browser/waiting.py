"""Waiting for what the page does not show: that more is to come, that it asks before it goes."""

from playwright.sync_api import Page


def until_done(page: Page) -> None:
    """Until the run that draws the page has ended, as its header says."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def expect_question_before_reload(page: Page) -> None:
    """A reload is asked about, and does not happen when the answer is no."""
    page.wait_for_function("() => window.onbeforeunload")
    with page.expect_event("dialog") as question:
        page.evaluate("setTimeout(() => location.reload())")
    question.value.dismiss()
