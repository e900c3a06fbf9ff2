"""A marketer's afternoon: draft, read each mail, decide by key or in bulk, send."""

import re

from playwright.sync_api import Browser, Page, expect

#: As long as a glance takes: what comes sooner after a draft was shown decides nothing.
_A_GLANCE = 700


def press(page: Page, key: str) -> None:
    page.wait_for_timeout(_A_GLANCE)
    page.keyboard.press(key)


def start_reviewing(page: Page, name: str) -> None:
    page.get_by_role("textbox", name="Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_be_visible()


def number_left(page: Page) -> int:
    return int(page.get_by_text(re.compile(r"^\d+ left of")).inner_text().split()[0])


def expect_left(page: Page, number: int) -> None:
    expect(page.get_by_text(re.compile(rf"^{number} left of"))).to_be_visible()


def addressee(page: Page) -> str:
    return page.get_by_text(_ADDRESS).first.inner_text()


_ADDRESS = re.compile(r"^[\w.]+@[\w.]+$")


def open_campaign(page: Page, app: str, name: str, step: str) -> None:
    page.goto(f"{app}/campaigns")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("tab", name=step).click()


def test_a_campaign_goes_from_its_audience_to_the_mail(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/campaigns")
    page.get_by_role("button", name="New campaign").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="Frequent buyers").click()
    expect(dialog.get_by_text(re.compile(r"^Reaches \d+ customers now"))).to_be_visible()
    dialog.get_by_role("textbox", name="Name").fill("Thanks")
    dialog.get_by_role("button", name="Create").dblclick()
    expect(page.get_by_role("heading", name="Thanks")).to_be_visible()

    page.get_by_role("button", name="Generate drafts").click()
    expect(page.get_by_text(re.compile(r"\d+ customers who match have a draft"))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Review \d+ drafts")).click()
    start_reviewing(page, "Ada")
    number = number_left(page)
    for key, decided in [("a", 1), ("x", 2)]:
        press(page, key)
        expect_left(page, number - decided)

    page.get_by_role("tab", name="Drafts").click()
    page.get_by_role("button", name=f"Approve {number - 2}…").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Approve {number - 2}").dblclick()
    expect(page.get_by_text(f"{number - 2} drafts approved.")).to_be_visible()

    page.get_by_role("tab", name="Sending").click()
    page.get_by_role("button", name=f"Send to {number - 1} customers…").click()
    expect(page.get_by_role("dialog").get_by_text("1 rejected")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Send to").dblclick()
    expect(page.get_by_text(re.compile(r"^[1-9]\d* mails sent"))).to_be_visible()
    expect(page.get_by_role("heading", name="Result per customer")).to_be_visible()
    page.get_by_role("button", name="All campaigns").click()
    expect(page.get_by_role("button", name="Thanks")).to_have_count(1)


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
    page.go_back()
    expect(page.get_by_text(re.compile("^Ada rejected this draft"))).to_be_visible()


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
