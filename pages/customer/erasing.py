"""Erasing a customer: said before what goes, confirmed by typing who it is."""

import streamlit as st

from pages.customer import opened
from pages.parts import errors, literal
from pages.parts.numbers import counted
from pipeline import Profile, erase
from pipeline.customers import holdings
from pipeline.database import default

_ERASED = "customers_erased"


@st.dialog("Erase this customer?", icon=":material/delete_forever:")
def ask(customer: Profile) -> None:
    """Draw what goes, and the way to do it."""
    with errors.shown():
        with default().read() as session:
            held = holdings(session, customer.id)
        address = f"**{literal.markdown(customer.email)}**"
        st.markdown(f"All that is stored about {address} goes, for good:")
        st.markdown(
            f"- {counted(held.events, 'event')}\n"
            f"- {counted(held.drafts, 'draft')} and {counted(held.sends, 'send')} of campaigns\n"
            "- the address itself, and with it their place in every segment"
        )
        typed = st.text_input("To confirm, type their e-mail", key="customers_confirm", live=True)
        is_meant = typed.strip().lower() == customer.email
        if st.button("Erase for good", type="primary", disabled=not is_meant):
            default().transact(lambda session: erase(session, customer.id))
            st.session_state[_ERASED] = customer.email
            st.switch_page("pages/customers.py", query_params=opened.before())


def say() -> None:
    """Tell who has been erased, once."""
    if email := st.session_state.pop(_ERASED, None):
        st.toast(f"{literal.markdown(email)} was erased.", icon=":material/delete_forever:")
