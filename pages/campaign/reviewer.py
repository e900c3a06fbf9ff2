"""Who reviews: a name, asked once per browser session, for there are no accounts."""

import streamlit as st

from pages.parts import literal
from pipeline.drafts import SOMEBODY
from pipeline.limits import NAME_LENGTH

_KEY = "campaigns_reviewer"
_FIELD = "campaigns_reviewer_name"


def name() -> str | None:
    """The name that was given; None for none."""
    return st.session_state.get(_KEY) or None


def is_known() -> bool:
    """Whether the question has been answered, be it by no name."""
    return _KEY in st.session_state


def field() -> None:
    """Draw the question; what is typed counts once it is answered."""
    st.text_input(
        "Your name (optional)",
        max_chars=NAME_LENGTH,
        key=_FIELD,
        help="Kept with your verdicts, so that colleagues can see who was faster.",
    )


def answer() -> None:
    """Keep the name that was typed, for the rest of the session."""
    if not is_known():
        st.session_state[_KEY] = st.session_state[_FIELD].strip()


def ask() -> None:
    """Draw the question with a button of its own."""
    with st.form("campaigns_reviewer_form"):
        field()
        st.form_submit_button("Start reviewing", type="primary", on_click=answer)


def show() -> None:
    """Draw who it is, and the way to change that."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        who = literal.markdown(name() or SOMEBODY.lower())
        st.caption(f"You review as {who}.", width="content")
        st.button("Change", type="tertiary", on_click=_forget, key="campaigns_reviewer_change")


def _forget() -> None:
    st.session_state.pop(_KEY)
