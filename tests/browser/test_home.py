"""The first minute of someone who has never seen the app."""

import re

from playwright.sync_api import Page, expect


def test_a_newcomer_loads_the_demo_data_and_sees_numbers(page: Page, empty: str) -> None:
    page.goto(empty)
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.get_by_role("button", name="Load demo data").click()
    expect(page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ events"))).to_be_visible()
    expect(page.get_by_role("heading", name="Home")).to_be_visible(timeout=120_000)
    customers = page.get_by_test_id("stMetric").filter(has_text="Customers")
    expect(customers).to_contain_text(re.compile(r"\d,\d{3}"))


def test_a_newest_event_leads_to_its_customer(page: Page, shop: str) -> None:
    page.goto(shop)
    customer = page.get_by_test_id("stPageLink").filter(has_text="@example").first
    email = customer.inner_text().strip()
    customer.click()
    expect(page.get_by_role("heading", name=email)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/customers\?customer=[0-9a-f-]{36}$"))


def test_a_page_opened_by_its_address_has_the_frame(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/segments")
    expect(page).to_have_title("Segments · Pipeline")
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_text([re.compile(name) for name in _PAGES])


_PAGES = ("Home", "Ingest", "Customers", "Segments", "Campaigns")


def test_the_period_of_the_chart_outlives_a_reload(page: Page, shop: str) -> None:
    page.goto(shop)
    page.get_by_role("radio", name="90 days").click()
    expect(page).to_have_url(re.compile("period=90"))
    page.reload()
    expect(page.get_by_role("radio", name="90 days")).to_be_checked()
