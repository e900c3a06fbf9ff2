"""Where a campaign stands, what comes next, and the writing of its drafts."""

from datetime import datetime
from typing import Literal

import streamlit as st

import pipeline
from pages.campaign import notes, opened, responses, sending
from pages.parts import errors, links, literal, times
from pages.parts.numbers import counted, whole
from pipeline import PipelineError, generate_drafts, get_segment
from pipeline.database import default
from pipeline.definitions import campaign_rule
from pipeline.models import Campaign, Segment
from pipeline.reports import CampaignProgress, CampaignReach, campaign_progress, campaign_reach


def show(campaign: Campaign, now: datetime) -> None:
    """Draw it."""
    notes.show()
    if campaign.description:
        st.text(campaign.description)
    with default().answer() as session:
        segment = get_segment(session, campaign.segment_id)
        progress = campaign_progress(session, campaign.id)
        reach = campaign_reach(session, campaign, now=now)
    _metrics(progress, reach)
    _next(progress)
    if progress.sent:
        responses.show(campaign.id, now)
    _audience(campaign, segment)
    with st.container(border=True):
        _drafts(campaign, progress, reach)


def _metrics(progress: CampaignProgress, reach: CampaignReach) -> None:
    steps = {
        "Audience now": reach.audience,
        "Drafted": progress.drafted,
        "To review": progress.to_review,
        "Approved": progress.approved,
        "Rejected": progress.rejected,
        "Sent": progress.sent,
        "Failed": progress.failed,
    }
    with st.grid("auto", min_column_width=108, gap="xsmall"):
        for label, number in steps.items():
            st.metric(label, whole(number), border=True)


def _audience(campaign: Campaign, segment: Segment) -> None:
    st.subheader("Audience", anchor=False)
    sentence = literal.markdown(campaign_rule(campaign).sentence())
    st.markdown(f"Customers who {sentence}.")
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.caption("The rule of the segment", width="content")
        links.link("segment", segment.id, segment.name)
        st.caption("as it was on", width="content")
        times.text(campaign.created_at)


def _next(progress: CampaignProgress) -> None:
    with st.container(horizontal=True):
        if progress.to_review:
            label = f"Review {counted(progress.to_review, 'draft')}"
            st.button(label, type="primary", on_click=opened.go, args=("Review",))
        sending.way(progress, "secondary")


def _drafts(campaign: Campaign, progress: CampaignProgress, reach: CampaignReach) -> None:
    st.subheader("Drafts", anchor=False)
    st.markdown(_missing(reach))
    st.caption(
        "Generating can be interrupted at any time and repeated as often as you like: nobody gets"
        " two drafts. What waits for review is written anew from the newest events, or removed when"
        " its customer no longer matches; a text that somebody edited stays, and so does everything"
        " that is approved or rejected."
    )
    again = "Generate again" if progress.drafted else "Generate drafts"
    nobody = not (reach.audience or progress.drafted)
    kind: Literal["primary", "secondary"] = "primary" if reach.undrafted else "secondary"
    if st.button(again, type=kind, icon=":material/edit_note:", disabled=nobody):
        _generate(campaign)


def _missing(reach: CampaignReach) -> str:
    if not reach.audience:
        return "Nobody matches now."
    if reach.undrafted:
        missing = whole(reach.undrafted)
        matching = counted(reach.audience, "matching customer")
        return f"**{missing}** of {matching} without a draft."
    return "Everybody who matches has a draft."


@errors.shown()
def _generate(campaign: Campaign) -> None:
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, "Looking up the audience…")
        st.button("Stop writing", help="What is written until then stays.", on_click=_say_stopped)

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, f"{whole(done)} of {counted(total, 'customer')}")

    try:
        drafted = generate_drafts(default(), campaign.id, now=pipeline.utcnow(), on_progress=tell)
    except PipelineError:
        place.empty()
        raise
    have = "customer who matches has" if drafted == 1 else "customers who match have"
    notes.leave("success", f"{whole(drafted)} {have} a draft.")
    st.rerun()


def _say_stopped() -> None:
    # The run that is stopped ends only where it would draw, beside the one that counts.
    said = "Stopped. Drafts that were being written just now may still come in: reload to see them."
    notes.leave("info", said)
