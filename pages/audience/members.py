"""The first customers of an audience, each with a way to their timeline and to why they match."""

from datetime import datetime
from functools import partial
from io import BytesIO

import streamlit as st

from pages.audience import explanation
from pages.parts import downloads, errors, links, numbers, pager
from pipeline import Member, Preview, Rule
from pipeline.database import default
from pipeline.exports import members_csv

_PAGE = 10


@st.fragment
@errors.shown()
def show(found: Preview, rule: Rule, now: datetime) -> None:
    """Draw them, some at a time, and what can be asked and had of all."""
    with st.container(border=True):
        _first(found, rule, now)
        with st.container(horizontal=True):
            if st.button("Ask about somebody", icon=":material/person_search:"):
                explanation.of_anybody(rule, now)
            st.download_button(
                "All as CSV",
                partial(as_csv, rule, now),
                "audience.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
                disabled=not found.count,
            )


def _first(found: Preview, rule: Rule, now: datetime) -> None:
    members = found.customers
    rows = st.container(gap="xxsmall")
    offset = pager.offset(len(members), _PAGE, "segments.members", bind=None)
    with rows:
        for member in members[offset : offset + _PAGE]:
            _row(member, rule, now)
    if found.count > len(members):
        st.caption(f"The first {len(members)} of {numbers.whole(found.count)}, by e-mail.")


def _row(member: Member, rule: Rule, now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        links.link("customer", member.id, member.email, width="stretch")
        is_asked = st.button(
            "Why?",
            key=f"segments.why.{member.id}",
            type="tertiary",
            help="Why is this customer in it?",
        )
    if is_asked:
        explanation.of_customer(rule, member.id, now)


def as_csv(rule: Rule, now: datetime) -> BytesIO:
    """All who match at `now`, as CSV."""
    with default().read() as session:
        return downloads.in_memory(members_csv(session, rule, now=now))
