"""Home, where visitors come in, and the frame around every page."""

import re

from playwright.sync_api import Page, expect

from browser.waiting import until_done


def test_a_newest_event_leads_to_its_customer(page: Page, shop: str) -> None:
    page.goto(shop)
    customer = page.get_by_test_id("stPageLink").filter(has_text="@example").first
    email = customer.inner_text().strip()
    until_done(page)
    customer.click()
    expect(page.get_by_role("heading", name=email)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/customers\?customer=[0-9a-f-]{36}$"))


def test_a_page_opened_by_its_address_has_the_frame(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/segments")
    expect(page).to_have_title("Segments · Pipeline")
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
    expect(links).to_have_text([re.compile(name) for name in _PAGES])


_PAGES = ("Home", "Ingest", "Customers", "Segments", "Campaigns")


def test_the_period_of_the_chart_outlives_a_reload(page: Page, shop: str) -> None:
    page.goto(shop)
    page.get_by_role("radio", name="90 days").click()
    expect(page).to_have_url(re.compile("period=90"))
    page.reload()
    expect(page.get_by_role("radio", name="90 days")).to_be_checked()
