"""Ways from page to page: a customer, a segment and a campaign each have an address of their own.

`/customers?customer=ID`, `/segments?segment=ID`, `/campaigns?campaign=ID`.
"""

import uuid
from collections.abc import Mapping
from typing import Literal, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import literal

Width = Literal["content", "stretch"]

_PAGES = {
    "customer": "pages/customers.py",
    "segment": "pages/segments.py",
    "campaign": "pages/campaigns.py",
}
# Campaigns are never deleted.
_CAUSES = {
    "customer": "they were erased, or the address has a mistake",
    "segment": "it was deleted, or the address has a mistake",
    "campaign": "the address has a mistake",
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


def listed(noun: str, thing: uuid.UUID, name: str) -> None:
    """As `link`, on the page that lists such things."""
    with _here(f"listed-{thing}"):
        link(noun, thing, name)


def back(label: str, noun: str, query: Mapping[str, str] = {}) -> None:
    """Draw the way from one such thing to the list of them; `query` is what that begins with."""
    # A link, since the browser goes there by itself: a button would have to wait until the list
    # has let go of the address.
    with _here("back"):
        icon = ":material/arrow_back:"
        st.page_link(_PAGES[noun], label=label, icon=icon, query_params=query)


def _here(key: str) -> DeltaGenerator:
    # By this key `brand` knows them.
    return st.container(key=f"links-{key}", width="content")


def go(noun: str, thing: uuid.UUID) -> NoReturn:
    """Leave for the page of a customer, segment or campaign."""
    st.switch_page(_PAGES[noun], query_params={noun: str(thing)})


def put_address_right() -> None:
    """Let the address bar be as it should: a link to the page that one is on leaves it behind."""
    st.query_params.update()


def asked_for(noun: str) -> uuid.UUID | None:
    """The customer, segment or campaign in the address bar; None for none and for nonsense."""
    try:
        return uuid.UUID(st.query_params.get(noun, ""))
    except ValueError:
        return None


def wanted(noun: str) -> uuid.UUID:
    """As `asked_for`, but the nil UUID for none: nothing has it, so nonsense is as unknown."""
    return asked_for(noun) or uuid.UUID(int=0)


def say_missing(noun: str) -> None:
    """Say that the customer, segment or campaign in the address bar is not there."""
    st.info(f"This {noun} is not here: {_CAUSES[noun]}.")
