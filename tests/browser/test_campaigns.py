"""A marketer's afternoon: read each mail, decide by key, beside a colleague."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from browser.reviewing import addressee, expect_left, number_left, press, start_reviewing
from browser.waiting import expect_question_before_reload, until_done
from tests.mail import MailServer, Taken


def open_campaign(page: Page, app: str, name: str, step: str) -> None:
    page.goto(f"{app}/campaigns")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("tab", name=step).click()


def test_a_draft_is_read_edited_and_decided_with_the_keyboard_alone(
    page: Page, own_shop: str
) -> None:
    open_campaign(page, own_shop, "Cart reminder", "Review")
    expect(page.get_by_text("Written from")).to_be_visible()
    start_reviewing(page, "Ada")
    number = number_left(page)
    skipped = addressee(page)
    press(page, "s")
    expect(page.get_by_text(skipped, exact=True)).to_be_hidden()
    press(page, "e")
    page.get_by_role("textbox", name="Subject").fill("**Yours** :tada:")
    expect_question_before_reload(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="**Yours** :tada:")).to_be_visible()
    expect(page.get_by_text("Edited by Ada")).to_be_visible()

    here, whose = page.url, addressee(page)
    page.reload()
    expect(page.get_by_text(whose, exact=True)).to_be_visible()
    expect(page).to_have_url(here)
    start_reviewing(page, "Ada")
    press(page, "x")
    expect_left(page, number - 1)
    until_done(page)  # only then the address is that of the next draft
    page.go_back()
    expect(page.get_by_text(re.compile("^Ada rejected this draft"))).to_be_visible()


def test_a_key_that_is_pressed_twice_decides_one_draft_and_the_next_comes_up(
    page: Page, own_shop: str
) -> None:
    open_campaign(page, own_shop, "Cart reminder", "Review")
    start_reviewing(page, "Ada")
    number = number_left(page)
    for decided in (1, 2, 3):
        whose = addressee(page)
        press(page, "a")
        page.keyboard.press("a")
        expect_left(page, number - decided)
        expect(page.get_by_text(f"You approved the draft to {whose}.")).to_be_visible()
        expect(page.get_by_text(whose, exact=True)).to_be_hidden()
        expect(page.get_by_role("button", name="Approve")).to_be_visible()


def test_keys_decide_nothing_behind_a_dialog(page: Page, own_shop: str) -> None:
    open_campaign(page, own_shop, "Cart reminder", "Review")
    start_reviewing(page, "Ada")
    number, whose = number_left(page), addressee(page)
    until_done(page)
    page.get_by_role("button", name="Why?").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Times are in")).to_be_visible()
    for key in ("a", "x", "s", "e"):
        press(page, key)
    until_done(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()
    assert (number_left(page), addressee(page)) == (number, whose)
    press(page, "a")
    expect_left(page, number - 1)


def test_the_second_of_two_reviewers_is_told_who_was_faster(
    page: Page, browser: Browser, own_shop: str
) -> None:
    open_campaign(page, own_shop, "Cart reminder", "Review")
    start_reviewing(page, "Ben")
    number = number_left(page)
    other = browser.new_page()
    other.goto(page.url)
    start_reviewing(other, "Ada")
    press(other, "a")
    expect_left(other, number - 1)
    whose = addressee(page)
    press(page, "x")
    expect(
        page.get_by_text(re.compile(r"^Ada approved this draft .+ does not count"))
    ).to_be_visible()
    expect(page.get_by_text(whose, exact=True)).to_be_hidden()
    expect_left(page, number - 1)
    other.close()


def test_a_filter_of_drafts_outlives_a_reload_and_a_row_leads_to_its_draft(
    page: Page, shop: str
) -> None:
    open_campaign(page, shop, "Cart reminder", "Drafts")
    found = page.get_by_text(re.compile(r"^\d+ drafts?, \d+ to review$"))
    everything = found.inner_text()
    page.get_by_role("searchbox", name="E-mail or subject").fill(".com")
    expect(found).not_to_have_text(everything)
    expect(page).to_have_url(re.compile("step=Drafts"))
    expect(page).to_have_url(re.compile("draft_search=.com"))
    those = found.inner_text()
    page.reload()
    expect(found).to_have_text(those)
    # The table is a picture to the browser: its first row's box is here.
    table = page.get_by_test_id("stDataFrame").locator("canvas").first
    table.click(position={"x": 15, "y": 50}, force=True)
    expect(page.get_by_text("Written from")).to_be_visible()
    assert addressee(page).endswith(".com")


class Slowly(list[Taken]):
    """Mails each of which takes its time."""

    def append(self, mail: Taken) -> None:
        time.sleep(0.5)
        super().append(mail)


def test_a_sending_can_be_stopped(page: Page, mailing_shop: tuple[str, MailServer]) -> None:
    app, mail = mailing_shop
    mail.taken = Slowly()
    open_campaign(page, app, "Cart reminder", "Sending")
    page.get_by_role("button", name="Send to").click()
    page.get_by_role("dialog").get_by_role("button", name="Send to").click()
    expect(page.get_by_text(re.compile(r"^[1-9]\d* of \d+ mails"))).to_be_visible()
    page.get_by_role("button", name="Stop sending").click()
    expect(page.get_by_text("Result per customer")).to_be_visible()
    expect(page.get_by_role("button", name="Stop sending")).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile(r"^Send to \d+ customers…"))).to_be_visible()
    assert 0 < len(mail.taken) < 10


def test_whoever_stops_the_writing_is_told_that_drafts_may_still_come_in(
    page: Page, own_shop: str, tmp_path: Path
) -> None:
    open_campaign(page, own_shop, "Thank you, regulars", "Overview")
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # so the first drafts are being written for long
        page.get_by_role("button", name="Generate drafts").click()
        page.get_by_role("button", name="Stop writing").click()
        expect(page.get_by_text("Drafts that were being written just now")).to_be_visible()
        expect(page.get_by_text(re.compile(r"^(\d+) of \1 matching"))).to_be_visible()
    expect(page.get_by_role("button", name="Stop writing")).to_be_hidden()
