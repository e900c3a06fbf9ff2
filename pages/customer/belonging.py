"""What a customer is part of: segments, by the rule's own verdict, and campaigns."""

import uuid
from datetime import datetime

import streamlit as st

from pages.parts import errors, later, links, literal, statuses, times
from pages.parts.numbers import whole
from pipeline.database import default
from pipeline.reports.mailings import Mailing, mailings
from pipeline.reports.memberships import memberships

_SEGMENTS, _CAMPAIGNS = 50, 20


@st.fragment(parallel=True)
@errors.shown()
def segments(customer_id: uuid.UUID, now: datetime) -> None:
    """Draw the segments that the customer is in now."""
    with st.container(border=True):
        st.subheader("Segments", anchor=False)
        with later.awaited(80), default().answer() as session:
            found = memberships(session, customer_id, _SEGMENTS, now=now)
        for segment in found.segments:
            links.link("segment", segment.id, segment.name)
        if not found.segments:
            st.caption("In none now." if found.total else "There is none yet.")
        if found.looked_at < found.total:
            looked_at, total = whole(found.looked_at), whole(found.total)
            st.caption(f"Of the {looked_at} that were changed last, of {total}.")


@st.fragment(parallel=True)
@errors.shown()
def campaigns(customer_id: uuid.UUID, now: datetime) -> None:
    """Draw the campaigns that wrote to the customer."""
    with st.container(border=True):
        st.subheader("Campaigns", anchor=False)
        with later.awaited(80), default().read() as session:
            found = mailings(session, customer_id, _CAMPAIGNS)
        for mailing in found:
            _mailing(mailing)
        if not found:
            st.caption("None has written to them.")
        if len(found) == _CAMPAIGNS:
            st.caption(f"The newest {_CAMPAIGNS}.")
        if found:
            st.caption(times.note(now))


def _mailing(mailing: Mailing) -> None:
    with st.container(gap="xxsmall"):
        links.link("campaign", mailing.campaign_id, mailing.campaign)
        st.text(mailing.subject)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            statuses.badge(mailing.draft_status)
            if mailing.send_status:
                statuses.badge(mailing.send_status)
            st.caption(times.exact(mailing.sent_at or mailing.drafted_at), width="content")
        if mailing.error:
            st.caption(literal.markdown(mailing.error))
