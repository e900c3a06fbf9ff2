"""Saved segments as a list, each with what it means and how many are in it now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import streamlit as st

from pages.builder import drafts
from pages.parts import errors, later, links, literal, numbers, times
from pipeline import count
from pipeline.database import default
from pipeline.definitions import segment_rule
from pipeline.errors import TooSlow
from pipeline.models import Segment
from pipeline.reports import SavedSegment, customer_count


def show(segments: Sequence[SavedSegment], now: datetime) -> None:
    """Draw them; their sizes may come after all else, as each costs a query."""
    _list(segments, now, {})


@st.fragment
@errors.shown()
def _list(segments: Sequence[SavedSegment], now: datetime, sizes: dict[UUID, str]) -> None:
    places = {each.segment.id: _row(each, now) for each in segments}
    segments = [each for each in segments if not each.mistake]
    with default().read() as session:
        everybody = customer_count(session)
    for saved in later.some(each for each in segments if each.segment.id not in sizes):
        sizes[saved.segment.id] = _size(saved.segment, everybody, now)
    for segment_id, size in sizes.items():
        places[segment_id].markdown(size, width="content")
    if len(sizes) < len(segments):
        later.again("segments.sizes")


def _size(segment: Segment, everybody: int, now: datetime) -> str:
    try:
        with default().answer() as session:
            size = count(session, segment_rule(segment), now=now)
    except TooSlow:
        return ":small[takes too long]"
    return f"**{numbers.whole(size)}** :small[({numbers.share(size, everybody)})]"


def _row(saved: SavedSegment, now: datetime) -> Any:
    """Draw one; returns the place for its size."""
    segment = saved.segment
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            links.listed("segment", segment.id, segment.name)
            if drafts.has_changes(segment):
                st.badge("Unsaved changes", color="orange")
            st.space("stretch")
            place = None if saved.mistake else st.skeleton(24, width=96)
        if saved.mistake:
            st.error(f"{literal.markdown(saved.mistake)}.")
        else:
            st.markdown(f"Customers who {literal.markdown(saved.sentence)}.")
        st.caption(f"Changed {times.ago(segment.updated_at, now)}{_used(saved)}.")
    return place


def _used(saved: SavedSegment) -> str:
    users = [(saved.campaigns, "campaign"), (saved.segments, "segment")]
    said = " and ".join(numbers.counted(number, noun) for number, noun in users if number)
    return f", used by {said}" if said else ""
