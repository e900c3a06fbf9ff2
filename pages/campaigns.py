"""Campaigns: write to an audience, review each draft, send what was approved."""

import uuid
from datetime import datetime

import streamlit as st

from pages.campaign import listing, opened, overview, queue, sending, table
from pages.parts import links, literal, statuses
from pipeline import get_campaign, utcnow
from pipeline.database import default

SHOWN = {
    "Overview": overview.show,
    "Review": queue.show,
    "Drafts": table.show,
    "Sending": sending.show,
}


def one(campaign_id: uuid.UUID, now: datetime) -> None:
    opened.begin(campaign_id)
    st.button("All campaigns", type="tertiary", icon=":material/arrow_back:", on_click=opened.leave)
    with default().read() as session:
        campaign = get_campaign(session, campaign_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(literal.markdown(campaign.name), anchor=False, width="content")
        statuses.badge(campaign.status)
    steps = st.tabs(list(SHOWN), key="step", bind="query-params")
    if st.session_state["step"] != "Review":
        st.query_params.pop("draft", None)
    for step, show in zip(steps, SHOWN.values(), strict=True):
        if step.open:
            with step:
                show(campaign, now)


now = utcnow()
# A link from this page to itself leaves the address bar behind: tell the browser.
st.query_params.update({})
if campaign_id := links.asked_for("campaign"):
    one(campaign_id, now)
else:
    listing.show(now)
