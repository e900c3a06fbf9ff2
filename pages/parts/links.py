"""Ways from page to page: a customer, a segment and a campaign each have an address of their own.

`/customers?customer=ID`, `/segments?segment=ID`, `/campaigns?campaign=ID`.
"""

import uuid
from collections.abc import Mapping
from typing import Literal, NoReturn

import streamlit as st

from pages.parts import literal

Width = Literal["content", "stretch"]

_PAGES = {
    "customer": "pages/customers.py",
    "segment": "pages/segments.py",
    "campaign": "pages/campaigns.py",
}


def link(noun: str, thing: uuid.UUID, name: str, *, width: Width = "content") -> None:
    """Draw a link to a customer, segment or campaign; `name` comes from data."""
    st.page_link(
        _PAGES[noun],
        label=_label(name),
        icon="",
        help="",
        width=width,
        query_params={noun: str(thing)},
    )


def listed(noun: str, thing: uuid.UUID, name: str) -> None:
    """Draw the way from the list of such things to one of them; `name` comes from data."""
    # A button: a link to the page that it is on is drawn as the place where the visitor is.
    if st.button(f"**{_label(name)}**", type="tertiary", key=f"open.{thing}"):
        go(noun, thing)


def back(label: str, noun: str, query: Mapping[str, str] = {}) -> None:
    """Draw the way from one such thing to the list of them; `query` is what that begins with."""
    if st.button(label, type="tertiary", icon=":material/arrow_back:"):
        st.switch_page(_PAGES[noun], query_params=query)


def go(noun: str, thing: uuid.UUID) -> NoReturn:
    """Leave for the page of a customer, segment or campaign."""
    st.switch_page(_PAGES[noun], query_params={noun: str(thing)})


def _label(name: str) -> str:
    # Streamlit draws links as plain text; this green is the theme's colour of links.
    return f":green[{literal.markdown(name)}]"


def asked_for(noun: str) -> uuid.UUID | None:
    """The customer, segment or campaign in the address bar; None for none and for nonsense."""
    try:
        return uuid.UUID(st.query_params.get(noun, ""))
    except ValueError:
        return None
