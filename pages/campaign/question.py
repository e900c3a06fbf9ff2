"""Questions that dialogs ask: each is answered once, however often its button is clicked."""

import uuid

import streamlit as st

_KEY = "campaigns_answered"


def new() -> uuid.UUID:
    """A question, to be handed to the dialog that asks it."""
    return uuid.uuid4()


def is_answered(question: uuid.UUID) -> bool:
    """Whether this is a second click, sent before the dialog had closed."""
    return bool(st.session_state.get(_KEY) == question)


def close(question: uuid.UUID) -> None:
    """Take the answer, and close the dialog."""
    st.session_state[_KEY] = question
    st.rerun()
