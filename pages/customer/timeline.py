"""A customer's timeline: newest first, by type and day, a page at a time."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import streamlit as st

from pages.customer import opened
from pages.parts import errors, literal, pager, properties, times
from pages.parts.numbers import counted
from pipeline.database import default
from pipeline.models import Event
from pipeline.reports.timelines import EventFilter, count_events, find_events

_PAGE = 20


@st.fragment
@errors.shown()
def show(customer_id: uuid.UUID, types: Sequence[str], now: datetime) -> None:
    """Draw the filters and the events that they leave."""
    st.subheader("Timeline", anchor=False)
    among = _filters(types)
    with default().read() as session:
        found = count_events(session, customer_id, among)
    st.caption(f"{counted(found, 'event')}, newest first. {times.note(now)}")
    place = st.container(gap="small")
    offset = pager.offset(found, _PAGE, opened.PAGE)
    with default().read() as session:
        events = find_events(session, customer_id, among, limit=_PAGE, offset=offset)
    with place:
        for event in events:
            _event(event)
        if not events:
            st.info("No event is like that.")
            st.button("Show all events", on_click=_clear)


def _filters(types: Sequence[str]) -> EventFilter:
    with st.grid(2, min_column_width=220):
        picked = st.multiselect(
            "Event types",
            types,
            placeholder="All",
            key=opened.TYPES,
            bind="query-params",
            on_change=pager.begin,
            args=(opened.PAGE,),
        )
        days = st.date_input(
            "Days",
            value=(),
            min_value=date(1970, 1, 1),
            max_value=date(9999, 12, 30),
            format="YYYY-MM-DD",
            key=opened.DAYS,
            bind="query-params",
            on_change=pager.begin,
            args=(opened.PAGE,),
        )
    return EventFilter(picked, *_bounds(days))


def _bounds(days: Sequence[date]) -> tuple[datetime | None, datetime | None]:
    """From the first of these days up to the end of the last, as the viewer's days go."""
    if not days:
        return None, None
    # Of one day that is first and last, Streamlit finds only one in the address.
    return times.midnight(days[0]), times.midnight(days[-1] + timedelta(days=1))


def _event(event: Event) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{literal.markdown(event.type)}**", width="content")
            st.caption(times.exact(event.occurred_at), width="stretch")
            if event.idempotency_key:
                _key(event.idempotency_key)
        properties.show(event.properties)


def _key(key: str) -> None:
    said = f"Stored once, by the idempotency key {literal.markdown(key)}"
    st.badge("key", icon=":material/key:", color="gray", help=said)


def _clear() -> None:
    st.session_state.update({opened.TYPES: [], opened.DAYS: ()})
    pager.begin(opened.PAGE)
