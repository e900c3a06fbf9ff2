"""Events brought in by hand and from files, as a person at a browser does it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.waiting import until_done


def content(page: Page) -> Locator:
    """The page without Streamlit's own header, which has a Stop button too."""
    return page.get_by_test_id("stMainBlockContainer")


def field(page: Page, label: str) -> Locator:
    return content(page).get_by_role("textbox", name=label)


def event_type(page: Page) -> Locator:
    return content(page).get_by_role("combobox", name="Event type")


def button(page: Page, label: str) -> Locator:
    return content(page).get_by_role("button", name=re.compile(f"^{label}"))


def metric(page: Page, label: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=label)


def test_an_event_is_typed_checked_stored_and_found_again(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/ingest")
    field(page, "E-mail").fill("grace@example.com")
    event_type(page).fill("refund")
    event_type(page).press("Enter")
    properties = field(page, "Properties")
    properties.press_sequentially('{"sku": "MUG')
    expect(page.get_by_text("unterminated string starting at character 9")).to_be_visible()
    properties.press_sequentially('-01"}')
    expect(page.get_by_text("1 property")).to_be_visible()
    field(page, "Idempotency key").fill("refund-1")
    call = page.get_by_test_id("stCode").first
    expect(call).to_contain_text("-H 'Idempotency-Key: refund-1'")
    expect(call).to_contain_text('"type": "refund"')

    button(page, "Store event").click()
    expect(page.get_by_text("Created: the event is stored.")).to_be_visible()
    properties.press("Control+Enter")
    expect(page.get_by_text("Already there: this customer has an event")).to_be_visible()
    page.get_by_role("link", name="Timeline of grace@example.com").click()
    expect(page).to_have_url(re.compile(r"/customers\?customer=[0-9a-f-]{36}$"))
    page.go_back()
    expect(properties).to_have_value('{"sku": "MUG-01"}')
    expect(event_type(page)).to_have_value("refund\u2002·\u20021")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_date_that_was_typed_can_be_read(page: Page, shop: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{shop}/ingest")
    page.get_by_role("spinbutton", name="year, Date").click()
    page.keyboard.type("20260129")
    page.keyboard.press("Escape")
    expect(content(page).get_by_label("Time", exact=True)).to_be_visible()
    day = page.get_by_role("spinbutton", name="day, Date")
    assert day.evaluate(
        """day => {
            const {right, top, bottom} = day.getBoundingClientRect();
            return day.contains(document.elementFromPoint(right - 1, (top + bottom) / 2));
        }"""
    )


def test_a_type_stays_what_was_picked_while_its_count_goes_on(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/ingest")
    event_type(page).click()
    page.get_by_role("option", name=re.compile(r"^login\b")).click()
    field(page, "E-mail").fill("grace@example.com")
    call = page.get_by_test_id("stCode").first
    for _ in range(2):
        expect(call).to_contain_text('"type": "login"')
        button(page, "Store event").click()
        expect(page.get_by_text("Created: the event is stored.")).to_be_visible()
        for tab in ("A file", "One event"):
            until_done(page)  # else a busy page may not take the click
            page.get_by_role("tab", name=tab).click()
            expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(call).to_contain_text('"type": "login"')


def test_a_file_is_imported_in_spite_of_a_stop_and_its_refused_rows_are_handed_back(
    page: Page, empty: str, tmp_path: Path
) -> None:
    lines = [
        f"c{row % 1_000}@example.com,visit,2026-0{row % 6 + 1}-11 09:30,{row}"
        for row in range(100_000)
    ]
    file = tmp_path / "shop.csv"
    file.write_text("\n".join(["email,event,at,number", *lines, "nobody,visit,2026-01-01,0"]))
    page.goto(f"{empty}/ingest?ingest=A+file")
    page.locator("input[type=file]").set_input_files(file)
    expect(event_type(page)).to_have_value("Column event")

    button(page, "Import").click()
    expect(page.get_by_text(re.compile(r"[\d.]+% of shop\.csv"))).to_be_visible(timeout=60_000)
    button(page, "Stop").click()
    expect(page.get_by_text("The import of shop.csv was interrupted.")).to_be_visible(
        timeout=60_000
    )
    button(page, "Dry run").click()
    expect(page.get_by_text("Dry run of 100,001 rows")).to_be_visible(timeout=60_000)
    expect(metric(page, "There already")).to_contain_text(re.compile(r"[1-9]\d+,000"))
    expect(metric(page, "Would be stored")).to_contain_text(re.compile(r"[1-9]\d+,000"))

    button(page, "Import").click()
    imported = page.get_by_text(re.compile(r"Imported [1-9]\d+,000 of 100,001 rows"))
    expect(imported).to_be_visible(timeout=60_000)
    expect(metric(page, "Refused")).to_contain_text("1")
    expect(page.get_by_text("was interrupted")).to_have_count(0)
    with page.expect_download() as download:
        button(page, "Download the refused rows").click()
    assert download.value.suggested_filename == "shop.csv.refused.csv"
    assert download.value.path().read_text().splitlines() == [
        "line,reason,email,event,at,number",
        "100002,Invalid email format,nobody,visit,2026-01-01,0",
    ]

    button(page, "Import").click()
    expect(page.get_by_text("Nothing new in 100,001 rows")).to_be_visible(timeout=60_000)
