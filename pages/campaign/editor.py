"""The editor: a draft's text in a reviewer's own words."""

from functools import partial

import streamlit as st

import pipeline
from pages.campaign import change, notes, reviewer
from pages.parts import leaving, literal
from pipeline.drafts import edit_draft
from pipeline.limits import BODY_LENGTH, SUBJECT_LENGTH, filled
from pipeline.models import Customer, EmailDraft

_EDITED = "review_edited"
_SUBJECT, _BODY = "review_subject", "review_body"


def open_(found: EmailDraft) -> None:
    """Begin to edit a draft; for callbacks."""
    st.session_state[_EDITED] = (found.id, found.revision)
    st.session_state.update({_SUBJECT: found.subject, _BODY: found.body})


def is_open(found: EmailDraft) -> bool:
    """Whether this draft is being edited; what is decided is no more."""
    draft_id, _ = st.session_state.get(_EDITED, (None, None))
    return found.id == draft_id and found.status == "generated"


def show(found: EmailDraft, customer: Customer) -> None:
    """Draw the editor."""
    if st.session_state[_EDITED] != (found.id, found.revision):
        st.warning(
            "The draft has another text since you began. Save puts yours in its place, Cancel shows"
            " the other one."
        )
    # No form, which would have what is typed for itself until Save, and lose it to another step.
    st.caption(f"To {literal.markdown(customer.email)}")
    st.text_input("Subject", max_chars=SUBJECT_LENGTH, key=_SUBJECT, persist_state="session")
    st.text_area("Body", height=320, max_chars=BODY_LENGTH, key=_BODY, persist_state="session")
    with st.container(horizontal=True):
        st.button("Save", type="primary", on_click=_save, args=(found,))
        st.button("Cancel", on_click=_close)
    st.caption("Generating drafts again leaves an edited text as it is.")
    # From the start, as what is typed is known only once the field is left.
    leaving.asks("review_leaving")


def _save(found: EmailDraft) -> None:
    for name, key in (("subject", _SUBJECT), ("body", _BODY)):
        if filled(st.session_state[key]) is None:
            notes.leave("error", f"A mail needs a {name}: type one, or press Cancel.")
            return
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
