"""The name of a segment, and what can be done with the whole of it: save, duplicate, delete."""

from datetime import datetime

import streamlit as st

from pages.builder import drafts
from pages.builder.drafts import SegmentDraft
from pages.parts import errors, links, literal, times
from pipeline import Rule, create_segment, delete_segment, update_segment
from pipeline.database import default
from pipeline.limits import NAME_LENGTH
from pipeline.models import Segment

_PAGE = "pages/segments.py"


def names(draft: SegmentDraft) -> None:
    """Draw the name and the description, and keep what is entered."""
    name, description = st.columns([2, 3])
    draft.name = name.text_input(
        "Name", draft.name, key=f"segments.{draft.id}.name", max_chars=NAME_LENGTH
    )
    draft.description = description.text_input(
        "Description (optional)", draft.description, key=f"segments.{draft.id}.description"
    )


@errors.shown()
def show(draft: SegmentDraft, rule: Rule | None, now: datetime) -> None:
    """Draw the buttons and what is not saved yet, and do what is clicked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _state(draft, now)
        st.space("stretch")
        if draft.is_changed and st.button("Discard changes", type="tertiary"):
            drafts.forget(draft)
            st.rerun()
        if draft.saved and st.button("Delete", type="tertiary"):
            _delete(draft)
        if draft.saved and st.button("Duplicate", disabled=rule is None):
            _duplicate(draft, rule, now)
        if st.button("Save", type="primary", icon=":material/save:", disabled=rule is None):
            _save(draft, rule, now)


def _state(draft: SegmentDraft, now: datetime) -> None:
    if draft.saved is None:
        st.badge("Not saved yet", color="gray")
    elif draft.is_changed:
        st.badge("Unsaved changes", color="orange")
        if draft.is_overtaken:
            st.caption("Somebody else has saved this segment since.", width="content")
    else:
        st.badge("Saved", color="green")
        times.text(draft.saved.updated_at, now)


def _save(draft: SegmentDraft, rule: Rule, now: datetime) -> None:
    fields = _fields(draft, rule, draft.name)
    if draft.saved is None:
        segment = default().transact(lambda session: create_segment(session, **fields, now=now))
        drafts.forget(draft)
        _leave_for(segment, "Saved.")
    id_ = draft.saved.id
    segment = default().transact(lambda session: update_segment(session, id_, **fields, now=now))
    draft.saved, draft.is_overtaken = segment, False
    st.toast("Saved.", icon=":material/check:")
    st.rerun()


def _duplicate(draft: SegmentDraft, rule: Rule, now: datetime) -> None:
    fields = _fields(draft, rule, f"Copy of {draft.name}"[:NAME_LENGTH])
    segment = default().transact(lambda session: create_segment(session, **fields, now=now))
    _leave_for(segment, "Duplicated: this is the copy.")


def _leave_for(segment: Segment, message: str) -> None:
    st.toast(message, icon=":material/check:")
    links.go("segment", segment.id)


def _fields(draft: SegmentDraft, rule: Rule, name: str) -> dict[str, object]:
    return {"name": name, "description": draft.description, "definition": rule.definition()}


@st.dialog("Delete this segment?")
@errors.shown()
def _delete(draft: SegmentDraft) -> None:
    st.markdown(f"**{literal.markdown(draft.saved.name)}** goes; the customers in it stay.")
    if st.button("Delete", type="primary", icon=":material/delete:", key="segments.delete"):
        id_ = draft.saved.id
        default().transact(lambda session: delete_segment(session, id_))
        drafts.forget(draft)
        st.toast("Deleted.", icon=":material/check:")
        st.switch_page(_PAGE)
