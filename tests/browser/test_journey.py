"""A newcomer's first quarter of an hour: from the welcome to a campaign that is sent."""

import re

from playwright.sync_api import Page, expect

from browser.reviewing import expect_left, number_left, press, start_reviewing


def test_a_newcomer_gets_from_the_welcome_to_a_campaign_that_is_sent(
    page: Page, empty: str
) -> None:
    page.goto(empty)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    load_the_demo_data(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Campaigns").click()
    create_a_campaign(page, "Thanks", "Frequent buyers")
    number = generate_drafts(page)
    start_reviewing(page, "Ada")
    for key, said, decided in [("a", "approved", 1), ("x", "rejected", 2)]:
        press(page, key)
        expect_left(page, number - decided)
        expect(page.get_by_text(f"You {said} the draft to")).to_be_visible()
    approve_the_rest(page, number - 2)
    send(page, number - 1)
    page.get_by_role("button", name="All campaigns").click()
    expect(page.get_by_role("button", name="Thanks")).to_have_count(1)
    expect(page.get_by_text(f"{number} drafted → {number - 1} approved")).to_be_visible()


def load_the_demo_data(page: Page) -> None:
    page.get_by_role("button", name="Load demo data").click()
    expect(page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ events"))).to_be_visible()
    expect(page.get_by_role("heading", name="Home")).to_be_visible(timeout=120_000)
    customers = page.get_by_test_id("stMetric").filter(has_text="Customers")
    expect(customers).to_contain_text(re.compile(r"\d,\d{3}"))


def create_a_campaign(page: Page, name: str, segment: str) -> None:
    # Clicks of those who are used to double clicks: each is to count once.
    page.get_by_role("button", name="New campaign").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=segment).click()
    expect(dialog.get_by_text(re.compile(r"^Reaches \d+ customers now"))).to_be_visible()
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("button", name="Create").dblclick()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def generate_drafts(page: Page) -> int:
    """Returns how many there are, with the queue opened."""
    page.get_by_role("button", name="Generate drafts").click()
    expect(page.get_by_text(re.compile(r"\d+ customers who match have a draft"))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Review \d+ drafts")).click()
    expect(page.get_by_text("Written from")).to_be_visible()
    return number_left(page)


def approve_the_rest(page: Page, number: int) -> None:
    page.get_by_role("tab", name="Drafts").click()
    page.get_by_role("button", name=f"Approve {number}…").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Approve {number}").dblclick()
    expect(page.get_by_text(f"{number} drafts approved.")).to_be_visible()


def send(page: Page, number: int) -> None:
    page.get_by_role("tab", name="Sending").click()
    page.get_by_role("button", name=f"Send to {number} customers…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"{number} customers will be sent their mail")).to_be_visible()
    expect(dialog.get_by_text("1 draft left out")).to_be_visible()
    expect(dialog.get_by_text("1 rejected")).to_be_visible()
    dialog.get_by_role("button", name=f"Send to {number} customers").dblclick()
    expect(page.get_by_text(re.compile(r"^[1-9]\d* mails? sent"))).to_be_visible()
    expect(page.get_by_role("heading", name="Result per customer")).to_be_visible()
