"""The name of a segment, and what can be done with the whole of it: save, duplicate, delete."""

from datetime import datetime

import streamlit as st

import pipeline
from pages.builder import drafts
from pages.builder.drafts import SegmentDraft
from pages.campaign import creating
from pages.parts import errors, links, literal, times
from pipeline import (
    Invalid,
    Rule,
    create_segment,
    delete_segment,
    get_segment,
    resolve,
    update_segment,
)
from pipeline.database import default
from pipeline.definitions import segment_rule
from pipeline.limits import DESCRIPTION_LENGTH, NAME_LENGTH
from pipeline.models import Segment
from pipeline.reports import segment_users
from pipeline.segments import Circle, Overtaken

_PAGE = "pages/segments.py"
_OVERTAKEN = "Somebody else has saved this segment since."
_CIRCLE = "A segment cannot be made of itself: one that this rule names is made of this one"


def names(draft: SegmentDraft) -> None:
    """Draw the name and the description, and keep what is entered."""
    name, description = st.columns([2, 3])
    draft.name = name.text_input(
        "Name", draft.name, key=f"segments.{draft.id}.name", max_chars=NAME_LENGTH
    )
    draft.description = description.text_input(
        "Description (optional)",
        draft.description,
        key=f"segments.{draft.id}.description",
        max_chars=DESCRIPTION_LENGTH,
    )


@errors.shown()
def show(draft: SegmentDraft, rule: Rule | None, now: datetime) -> None:
    """Draw the buttons and what is not saved yet, and do what is clicked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _state(draft, now)
        st.space("stretch")
        if draft.is_changed:
            _discard(draft)
        if draft.saved and st.button("Delete", type="tertiary"):
            _delete(draft)
        if draft.saved and st.button("Duplicate", disabled=rule is None):
            _duplicate(draft, rule, now)
        if draft.saved and st.button(
            "New campaign",
            icon=":material/mail:",
            disabled=draft.is_changed,
            help="It goes to the segment as it is saved." if draft.is_changed else None,
        ):
            creating.begin(draft.saved)
        if st.button("Save", type="primary", icon=":material/save:", disabled=rule is None):
            _save(draft, rule, now)


def _discard(draft: SegmentDraft) -> None:
    with st.popover("Discard changes", type="tertiary"):
        what = "since it was saved" if draft.saved else "so far: this segment was never saved"
        st.markdown(f"Nothing stays of what was done {what}.")
        if st.button("Discard", type="primary"):
            drafts.forget(draft)
            st.rerun()


def _state(draft: SegmentDraft, now: datetime) -> None:
    if draft.saved is None:
        st.badge("Not saved yet", color="gray")
    elif draft.is_changed:
        st.badge("Unsaved changes", color="orange")
        if draft.is_overtaken:
            st.caption(_OVERTAKEN, width="content")
    else:
        st.badge("Saved", color="green")
        times.text(draft.saved.updated_at, now)


def _save(draft: SegmentDraft, rule: Rule, now: datetime) -> None:
    if draft.saved is None:
        fields = _fields(draft, rule, draft.name)
        segment = default().transact(lambda session: create_segment(session, **fields, now=now))
        drafts.forget(draft)
        _leave_for(segment, "Saved.")
    if not draft.is_overtaken:
        _update(draft, rule, now)
    _overwrite(draft, rule)


def _update(draft: SegmentDraft, rule: Rule, now: datetime) -> None:
    """Save it and begin anew; when somebody else was faster, only let the draft know."""
    id_, since = draft.saved.id, draft.saved.updated_at
    fields = {**_fields(draft, rule, draft.name), "unchanged_since": since}
    try:
        segment = default().transact(
            lambda session: update_segment(session, id_, **fields, now=now)
        )
    except Overtaken:
        # The editor is a fragment, which does not look again at what is saved.
        with default().read() as session:
            drafts.overtake(draft, get_segment(session, id_))
        return
    except Circle:
        raise Invalid(_CIRCLE) from None
    draft.saved, draft.is_overtaken = segment, False
    st.toast("Saved.", icon=":material/check:")
    st.rerun()


@st.dialog("Overwrite this segment?")
@errors.shown()
def _overwrite(draft: SegmentDraft, rule: Rule) -> None:
    with default().read() as session:
        theirs = resolve(session, segment_rule(draft.saved)).sentence()
    st.markdown(_OVERTAKEN)
    name = literal.markdown(draft.saved.name)
    st.markdown(f"Now **{name}** are customers who {literal.markdown(theirs)}.")
    if st.button("Overwrite", type="primary", key="segments.overwrite"):
        _update(draft, rule, pipeline.utcnow())
        # It was overtaken once more.
        st.rerun(scope="fragment")


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
    with default().read() as session:
        users = segment_users(session, draft.saved.id)
    if users:
        st.markdown("It has to stay as long as it is used by")
        st.markdown("\n".join(f"- {literal.markdown(user)}" for user in users))
        return
    st.markdown(f"**{literal.markdown(draft.saved.name)}** goes; the customers in it stay.")
    if st.button("Delete", type="primary", icon=":material/delete:", key="segments.delete"):
        id_ = draft.saved.id
        default().transact(lambda session: delete_segment(session, id_))
        drafts.forget(draft)
        st.toast("Deleted.", icon=":material/check:")
        st.switch_page(_PAGE)
