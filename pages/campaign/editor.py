"""The editor: a draft's text in a reviewer's own words."""

from functools import partial

import streamlit as st

import pipeline
from pages.campaign import change, reviewer
from pages.parts import literal
from pipeline.drafts import edit_draft
from pipeline.limits import BODY_LENGTH, SUBJECT_LENGTH
from pipeline.models import Customer, EmailDraft

_EDITED = "review_edited"
_SUBJECT, _BODY = "review_subject", "review_body"


def open_(found: EmailDraft) -> None:
    """Begin to edit a draft; for callbacks."""
    st.session_state[_EDITED] = (found.id, found.revision)


def is_open(found: EmailDraft) -> bool:
    """Whether this very text is being edited."""
    return bool(st.session_state.get(_EDITED) == (found.id, found.revision))


def show(found: EmailDraft, customer: Customer) -> None:
    """Draw the editor."""
    with st.form("review_editor", border=False):
        st.caption(f"To {literal.markdown(customer.email)}")
        st.text_input("Subject", found.subject, SUBJECT_LENGTH, key=_SUBJECT)
        st.text_area("Body", found.body, 320, BODY_LENGTH, key=_BODY)
        with st.container(horizontal=True):
            st.form_submit_button("Save", type="primary", on_click=_save, args=(found,))
            st.form_submit_button("Cancel", on_click=_close)
    st.caption("Generating drafts again leaves an edited text as it is.")


def _save(found: EmailDraft) -> None:
    edit = partial(
        edit_draft,
        subject=st.session_state[_SUBJECT],
        body=st.session_state[_BODY],
        seen=found.revision,
        editor=reviewer.name(),
        now=pipeline.utcnow(),
    )
    if change.carry_out(found, edit) is None:
        _close()


def _close() -> None:
    st.session_state.pop(_EDITED, None)
