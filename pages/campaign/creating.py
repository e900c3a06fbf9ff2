"""A new campaign: a name, an audience, and how many that is now."""

import uuid
from datetime import datetime

import streamlit as st

from pages.parts import errors, links, numbers
from pipeline import count, create_campaign, parse
from pipeline.database import default
from pipeline.limits import DESCRIPTION_LENGTH, NAME_LENGTH
from pipeline.models import Segment
from pipeline.reports import saved_segments, totals

_SEGMENTS = 200


@st.dialog("New campaign")
def ask(now: datetime) -> None:
    """Ask for what a campaign needs, create it and open it."""
    with errors.shown():
        name = st.text_input("Name", max_chars=NAME_LENGTH)
        segment = _segment()
        if segment:
            _reach(segment, now)
        description = st.text_input("Description (optional)", max_chars=DESCRIPTION_LENGTH)
        if st.button("Create", type="primary", disabled=not segment) and segment:
            _create(name, segment.id, description, now)


def _segment() -> Segment | None:
    with default().read() as session:
        found = saved_segments(session, limit=_SEGMENTS)
        if found.total > _SEGMENTS:
            search = st.text_input("Find a segment by its name", type="search", live=True)
            found = saved_segments(session, search=search, limit=_SEGMENTS)
    segments = {row.segment.id: row.segment for row in found.rows}
    chosen = st.selectbox(
        "Segment",
        list(segments),
        index=None,
        format_func=lambda segment_id: segments[segment_id].name,
        placeholder="Who is it for?",
    )
    return segments.get(chosen) if chosen else None


def _reach(segment: Segment, now: datetime) -> None:
    with default().read() as session:
        reached = count(session, parse(segment.definition), now=now)
        customers = totals(session).customers
    share = numbers.share(reached, customers)
    st.markdown(f"Reaches **{numbers.counted(reached, 'customer')}** now ({share} of all).")
    st.caption(
        "The campaign keeps the rule as it is now. Who matches is asked anew whenever drafts are"
        " generated."
    )


def _create(name: str, segment_id: uuid.UUID, description: str, now: datetime) -> None:
    campaign = default().transact(
        lambda session: create_campaign(
            session, name=name, segment_id=segment_id, description=description, now=now
        )
    )
    links.go("campaign", campaign.id)
