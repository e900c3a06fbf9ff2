"""The customer whose profile is open: in the address bar, and their view begins afresh."""

import uuid

import streamlit as st

from pages.parts import links

PERIOD = "customer_period"
TYPES = "customer_types"
DAYS = "customer_days"
PAGE = "customer_page"

_LIST = "customers_list"
_IS_OPEN = "customers_is_open"
# What the widgets of a profile begin with.
_VIEW = {PERIOD: 90, TYPES: [], DAYS: (), PAGE: 1}


def begin(customer_id: uuid.UUID) -> None:
    """Forget the view of the customer who was open before, if it was another."""
    before = st.session_state.get("customers_open")
    if before not in (None, customer_id):
        st.session_state.update(_VIEW)
    st.session_state["customers_open"] = customer_id


def has_opened() -> None:
    """Note that a profile is on the screen."""
    st.session_state[_IS_OPEN] = True


def has_left() -> None:
    """Note that the list is; after a profile the address bar is made to say so."""
    if st.session_state.pop(_IS_OPEN, False):
        links.put_address_right()


def go(customer_id: uuid.UUID) -> None:
    """Open a profile, and remember where from; for callbacks."""
    if "customer" in st.query_params:
        # A click on a profile that is still being drawn: the browser tells with it, once more, what
        # was picked in the list.
        return
    st.session_state[_LIST] = st.query_params.to_dict()
    st.query_params.from_dict({"customer": str(customer_id)})


def before() -> dict[str, str]:
    """The query parameters of the list as it was."""
    listed: dict[str, str] = st.session_state.get(_LIST, {})
    return listed
