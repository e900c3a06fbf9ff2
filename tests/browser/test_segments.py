"""A marketer composes an audience, watches who is in it, asks why, and saves it."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from browser.waiting import expect_question_before_reload, until_done


def number(page: Page) -> Locator:
    """How many match."""
    return page.get_by_test_id("stMetricValue")


def sentence(page: Page) -> Locator:
    """The rule in English, below the number."""
    card = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_test_id("stMetric")).last
    return card.get_by_text("Customers who").last


def add(page: Page, condition: str) -> None:
    page.get_by_role("button", name="Add a condition").last.click()
    page.get_by_role("menuitem", name=condition, exact=True).click()


def pick(page: Page, label: str, text: str, which: int = 0) -> None:
    """Type into a menu until it offers this, and take it."""
    page.get_by_role("combobox", name=label).nth(which).click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def act(page: Page, action: str, which: int) -> None:
    page.get_by_role("button", name=re.compile("^Change")).nth(which).click()
    page.get_by_role("menuitem", name=action).click()


def test_the_preview_follows_what_is_typed_and_picked(page: Page, shop: str) -> None:
    page.goto(f"{shop}/segments")
    page.get_by_role("button", name="New segment").click()
    expect(page.get_by_text("Add a condition, or say in your own words")).to_be_visible()
    add(page, "did something in the last days")
    expect(page.get_by_text("Choose an event type.")).to_be_visible()
    expect(number(page)).to_have_count(0)
    pick(page, "Event type", "purchase")
    expect(sentence(page)).to_have_text("Customers who did purchase in the last 30 days.")
    many = number(page).inner_text()
    days = page.get_by_role("textbox", name="Days")
    days.press("End")
    days.press_sequentially("0")  # 30 becomes 300, without a key that would say "done"
    expect(sentence(page)).to_have_text("Customers who did purchase in the last 300 days.")
    expect(number(page)).not_to_have_text(many)
    days.fill("")
    expect(page.get_by_text("Say how many days.")).to_be_visible()
    expect(number(page)).to_have_count(0)
    days.fill("30")
    expect(number(page)).to_have_text(many)
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()


def test_groups_and_opposites_are_composed_without_json(page: Page, shop: str) -> None:
    page.goto(f"{shop}/segments?segment=new")
    add(page, "did something")
    pick(page, "Event type", "added_to_cart")
    expect(sentence(page)).to_have_text("Customers who did added_to_cart in the last 30 days.")
    page.get_by_role("button", name="filter").click()
    expect(page.get_by_text("Choose a property.")).to_be_visible()
    pick(page, "Property", "quantity")
    expect(page.get_by_text("Say which value.")).to_be_visible()
    pick(page, "Value", "2")
    expect(sentence(page)).to_contain_text("did added_to_cart with quantity 2")
    add(page, "any of")
    expect(page.get_by_text("Add a condition.")).to_be_visible()
    page.get_by_role("button", name="Add a condition").first.click()
    page.get_by_role("menuitem", name="has the address", exact=True).click()
    page.get_by_role("textbox", name="Address").fill("example.com")
    expect(sentence(page)).to_contain_text('"example.com"')
    some = number(page).inner_text()
    act(page, "Turn into the opposite", 1)
    expect(page.get_by_text("not", exact=True)).to_be_visible()
    expect(number(page)).not_to_have_text(some)
    act(page, "Remove", 1)
    expect(sentence(page)).not_to_contain_text("added_to_cart")
    page.get_by_role("button", name="Undo").click()
    expect(sentence(page)).to_contain_text("added_to_cart")


def test_a_sentence_becomes_a_segment_that_is_kept(page: Page, own_shop: str) -> None:
    page.goto(f"{own_shop}/segments?segment=new")
    page.get_by_role("textbox", name="Name").fill("Left their cart")
    prompt = page.get_by_role("textbox", name="In your own words")
    prompt.fill("added to cart but did not purchase in the last 7 days, with blue eyes")
    prompt.press("Enter")
    expect(page.get_by_text(re.compile('left out: .*"blue eyes"'))).to_be_visible()
    types = page.get_by_role("combobox", name="Event type")
    for which, name in enumerate(("added_to_cart", "purchase")):
        expect(types.nth(which)).to_have_value(re.compile(f"^{name}"))
    found = number(page).inner_text()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/segments\?segment=[0-9a-f-]{36}$"))
    page.reload()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Left their cart")
    expect(number(page)).to_have_text(found)
    page.get_by_role("textbox", name="Days").first.fill("14")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    expect_question_before_reload(page)
    page.get_by_role("link", name="All segments").click()
    blocks = page.get_by_test_id("stVerticalBlock").filter(has_text="Left their cart")
    row = blocks.filter(has_text="Customers who").last
    expect(row.get_by_text("Unsaved changes")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("textbox", name="Days").first).to_have_value("14")
    expect(number(page)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Left their cart")).to_have_count(0)
    expect(page.get_by_role("link", name="Frequent buyers")).to_be_visible()


def test_a_segment_that_a_campaign_uses_is_not_deleted(page: Page, shop: str) -> None:
    page.goto(f"{shop}/segments")
    page.get_by_role("link", name="Put something in the cart this week").click()
    expect(number(page)).to_be_visible()
    until_done(page)
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("the campaign Cart reminder")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete")).to_be_hidden()


def test_why_somebody_is_in_it_and_somebody_else_is_not(page: Page, shop: str) -> None:
    page.goto(f"{shop}/segments")
    page.get_by_role("link", name="Frequent buyers").click()
    page.get_by_role("button", name="Why?").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("is in this audience.")).to_be_visible()
    expect(dialog.get_by_text(re.compile(r"\d+ such events, the newest"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask about somebody").click()
    dialog.get_by_role("searchbox", name="E-mail address").press_sequentially("zoe.al")
    expect(dialog.get_by_text("is not in this audience.")).to_be_visible()


def test_the_json_is_checked_while_it_is_typed_and_applied(page: Page, shop: str) -> None:
    page.goto(f"{shop}/segments?segment=new")
    page.get_by_text("Definition as JSON").click()
    page.get_by_role("tab", name="Edit").click()
    area = page.get_by_role("textbox", name="Definition as JSON")
    area.fill('{"kind": "email", "op": "ends_with"')
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    area.fill('{"kind": "email", "op": "ends_with"}')
    expect(page.get_by_text("value must be a non-empty string")).to_be_visible()
    area.fill('{"kind": "email", "op": "ends_with", "value": "example.com"}')
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("textbox", name="Address")).to_have_value("example.com")
    expect(number(page)).to_have_text(re.compile(r"\d"))


def test_all_members_are_downloaded(page: Page, shop: str, tmp_path: Path) -> None:
    page.goto(f"{shop}/segments")
    page.get_by_role("link", name="Frequent buyers").click()
    members = int(number(page).inner_text())
    with page.expect_download() as download:
        page.get_by_role("button", name="All as CSV").click()
    download.value.save_as(tmp_path / "audience.csv")
    assert len((tmp_path / "audience.csv").read_text().splitlines()) == members + 1


def test_what_another_window_saved_is_not_overwritten_without_a_word(
    page: Page, own_shop: str
) -> None:
    page.goto(f"{own_shop}/segments")
    page.get_by_role("link", name="Frequent buyers").click()
    days = page.get_by_role("textbox", name="Days")
    expect(days).to_be_visible()
    until_done(page)
    days.fill("14")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("textbox", name="Days")).to_be_visible()
    until_done(other)
    other.get_by_role("textbox", name="Days").fill("91")
    expect(sentence(other)).to_contain_text("91 days")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Somebody else has saved this segment since.")
    expect(question).to_contain_text("in the last 91 days")
    question.get_by_role("button", name="Overwrite").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    other.reload()
    expect(other.get_by_role("textbox", name="Days")).to_have_value("14")


def test_long_names_are_not_cut_off_on_a_phone(page: Page, own_shop: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    name = "Bought a speckled mug in autumn and came back for a second one"
    definition = {"kind": "email", "op": "ends_with", "value": ".com"}
    data = {"name": name, "definition": definition}
    made = page.request.post(f"{own_shop}/api/segments", data=data).json()
    page.request.post(f"{own_shop}/api/campaigns", data={"name": name, **made})
    for path, role in (("segments", "link"), ("campaigns", "button")):
        page.goto(f"{own_shop}/{path}")
        shown = page.get_by_role(role, name=name)
        expect(shown).to_be_visible()
        cut = "all => [...all.querySelectorAll('*')].some(e => e.scrollWidth > e.clientWidth + 1)"
        assert not shown.locator("[data-testid=stMarkdownContainer]").evaluate(cut)
