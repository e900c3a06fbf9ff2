"""Ways from page to page: a customer, a segment and a campaign each have an address of their own.

`/customers?customer=ID`, `/segments?segment=ID`, `/campaigns?campaign=ID`.
"""

import uuid
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
    # Streamlit draws it as plain text; this green is the theme's colour of links.
    st.page_link(
        _PAGES[noun],
        label=f":green[{literal.markdown(name)}]",
        icon="",
        help="",
        width=width,
        query_params={noun: str(thing)},
    )


def go(noun: str, thing: uuid.UUID) -> NoReturn:
    """Leave for the page of a customer, segment or campaign."""
    st.switch_page(_PAGES[noun], query_params={noun: str(thing)})


def asked_for(noun: str) -> uuid.UUID | None:
    """The customer, segment or campaign in the address bar; None for none and for nonsense."""
    try:
        return uuid.UUID(st.query_params.get(noun, ""))
    except ValueError:
        return None
