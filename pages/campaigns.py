"""Campaigns: write to an audience, review each draft, send what was approved."""

import uuid
from datetime import datetime

import streamlit as st

from pages.campaign import listing, opened, overview, queue, sending, table
from pages.parts import links, literal, statuses
from pipeline import NotFound, get_campaign, utcnow
from pipeline.database import default

SHOWN = {
    "Overview": overview.show,
    "Review": queue.show,
    "Drafts": table.show,
    "Sending": sending.show,
}


def one(campaign_id: uuid.UUID, now: datetime) -> None:
    st.button("All campaigns", type="tertiary", icon=":material/arrow_back:", on_click=opened.leave)
    try:
        with default().read() as session:
            campaign = get_campaign(session, campaign_id)
    except NotFound:
        st.title("Campaigns", anchor=False)
        links.say_missing("campaign")
        return
    opened.begin(campaign.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(literal.markdown(campaign.name), anchor=False, width="content")
        statuses.badge(campaign.status)
    steps = st.tabs(list(SHOWN), key="step", bind="query-params")
    for step, show in zip(steps, SHOWN.values(), strict=True):
        if step.open:
            with step:
                show(campaign, now)


now = utcnow()
links.put_address_right()
if "campaign" in st.query_params:
    one(links.wanted("campaign"), now)
else:
    listing.show(now)
