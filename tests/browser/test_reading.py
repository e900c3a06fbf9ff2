"""What has to be seen, in light and dark: small text, text on colours, where the keyboard is."""

from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.waiting import until_done

# https://www.w3.org/TR/WCAG21/#contrast-minimum, and #non-text-contrast
_TEXT, _SHAPE = 4.5, 3

# The contrast of a colour of an element with what is behind it: its own background, which may let
# through those of the elements around it.
_CONTRAST = """(element, property) => {
    const around = [];
    for (let each = element; each; each = each.parentElement) around.unshift(each);
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const over = (below, [r, g, b, alpha = 1], opacity) =>
        [r, g, b].map((part, i) => below[i] + (part - below[i]) * alpha * opacity);
    let below = [255, 255, 255], opacity = 1;
    for (const each of around) {
        const style = getComputedStyle(each);
        opacity *= style.opacity;
        below = over(below, numbers(style.backgroundColor), opacity);
    }
    const colour = over(below, numbers(getComputedStyle(element)[property]), opacity);
    const light = (part) =>
        (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [dark, bright] = [below, colour]
        .map((c) => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]))
        .sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
}"""


def contrast(element: Locator, of: str = "color") -> float:
    expect(element).to_be_visible()
    return float(element.evaluate(_CONTRAST, of))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_that_is_small_or_on_a_colour_can_be_read(
    page: Page, shop: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{shop}/ingest")
    until_done(page)
    store = page.get_by_role("button", name="Store event")
    small = {
        "caption": page.get_by_test_id("stCaptionContainer").get_by_text("What is to be known"),
        "button": store.get_by_text("Store event"),
        "key": store.locator("kbd"),
    }
    found = {name: contrast(each) for name, each in small.items()}
    assert {name: ratio for name, ratio in found.items() if ratio < _TEXT} == {}
    page.goto(f"{shop}/ingest?ingest=A+file")
    assert contrast(page.get_by_text("python -m pipeline import")) >= _TEXT
    page.goto(shop)
    assert contrast(page.get_by_role("radio", name="30 days").locator("p")) >= _TEXT


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_link_shows_that_the_keyboard_is_on_it(
    page: Page, shop: str, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{shop}/segments")
    link = page.get_by_role("link", name="Newsletter readers")
    expect(link).to_be_visible()
    until_done(page)
    page.get_by_role("searchbox", name="Search by name").focus()
    for _ in range(50):
        if link.evaluate("link => link === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_have_css("outline-style", "solid")
    assert contrast(link, "outlineColor") >= _SHAPE
