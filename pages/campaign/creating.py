"""A new campaign: a name, an audience, and how many that is now."""

import uuid
from typing import NoReturn

import streamlit as st

import pipeline
from pages.campaign import notes, opened, question
from pages.parts import errors, names, numbers
from pipeline import count, create_campaign
from pipeline.database import default
from pipeline.definitions import segment_rule
from pipeline.limits import DESCRIPTION_LENGTH, NAME_LENGTH
from pipeline.models import Segment
from pipeline.reports import customer_count, saved_count, saved_segments

_SEGMENTS = 200
_NAME, _SEGMENT, _DESCRIPTION = "campaigns_name", "campaigns_segment", "campaigns_description"
_SEARCH = "campaigns_segment_search"
_BEGUN = "campaigns_begun"


def begin(segment: Segment) -> NoReturn:
    """Leave for the question, with the segment chosen."""
    st.session_state[_BEGUN] = {_SEGMENT: segment.id, _SEARCH: segment.name}
    st.switch_page("pages/campaigns.py")


def is_begun() -> bool:
    """Whether somebody has come here by `begin`: once."""
    chosen = st.session_state.pop(_BEGUN, {})
    st.session_state.update(chosen)
    return bool(chosen)


@st.dialog("New campaign")
def ask(asked: uuid.UUID) -> None:
    """Ask for what a campaign needs, create it and open it."""
    notes.show()
    with errors.shown():
        st.text_input("Name", max_chars=NAME_LENGTH, key=_NAME)
        segment = _segment()
        if segment:
            _reach(segment)
        st.text_input("Description (optional)", max_chars=DESCRIPTION_LENGTH, key=_DESCRIPTION)
        st.button("Create", type="primary", disabled=not segment, on_click=_create, args=(asked,))


def _segment() -> Segment | None:
    with default().read() as session:
        search = ""
        if saved_count(session) > _SEGMENTS:
            search = st.text_input(
                "Find a segment by its name", type="search", live=True, key=_SEARCH
            )
        found = saved_segments(session, search, limit=_SEGMENTS)
    segments = {row.segment.id: row.segment for row in found}
    chosen = st.selectbox(
        "Segment",
        list(segments),
        index=None,
        format_func=names.by_id(segments.values()).get,
        placeholder="Who is it for?",
        key=_SEGMENT,
    )
    return segments.get(chosen) if chosen else None


def _reach(segment: Segment) -> None:
    with default().answer() as session:
        reached = count(session, segment_rule(segment), now=pipeline.utcnow())
        customers = customer_count(session)
    share = numbers.share(reached, customers)
    st.markdown(f"Reaches **{numbers.counted(reached, 'customer')}** now ({share} of all).")
    st.caption(
        "The campaign keeps the rule as it is now. Who matches is asked anew whenever drafts are"
        " generated."
    )


def _create(asked: uuid.UUID) -> None:
    if question.is_answered(asked):
        return
    with notes.refusals():
        campaign = default().transact(
            lambda session: create_campaign(
                session,
                name=st.session_state[_NAME],
                segment_id=st.session_state[_SEGMENT],
                description=st.session_state[_DESCRIPTION],
                now=pipeline.utcnow(),
            )
        )
        opened.open_(campaign.id)
        question.close(asked)
