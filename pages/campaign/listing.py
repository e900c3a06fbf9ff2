"""All campaigns, the ones changed last first, with how far each has got."""

from datetime import datetime

import streamlit as st

from pages.campaign import creating, notes, opened, question
from pages.parts import errors, literal, numbers, pager, statuses, times
from pipeline import count
from pipeline.database import default
from pipeline.definitions import campaign_rule
from pipeline.limits import NAME_LENGTH
from pipeline.models import Campaign, Segment
from pipeline.reports import CampaignProgress, campaign_count, newest_campaigns, totals

# Each audience is a query over all customers.
_PAGE = 5


def show(now: datetime) -> None:
    """Draw the list, and the way to a new campaign."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Campaigns", anchor=False, width="stretch")
        is_asked_for = st.button("New campaign", type="primary", icon=":material/add:")
    if is_asked_for or creating.is_begun():
        creating.ask(question.new())
    notes.show()
    with default().read() as session:
        held = totals(session)
    if held.campaigns:
        search = ""
        if held.campaigns > _PAGE:
            search = pager.search(
                "Search by name", "campaigns_search", "campaigns_page", NAME_LENGTH
            )
        _list(search, now)
    else:
        st.caption(
            "There is none yet. A campaign writes one e-mail draft to each customer of a segment;"
            " nothing is sent before somebody has approved it."
        )
    if not held.segments:
        st.page_link("pages/segments.py", label=":green[First describe an audience]")


@errors.shown()
def _list(search: str, now: datetime) -> None:
    with default().read() as session:
        found = campaign_count(session, search)
    campaigns = st.container()
    offset = pager.offset(found, _PAGE, "campaigns_page")
    with campaigns:
        _page(search, offset, now)
    st.caption(times.note(now) if found else "No campaign has that in its name.")


@errors.shown()
def _page(search: str, offset: int, now: datetime) -> None:
    with default().read() as session:
        found = newest_campaigns(session, _PAGE, offset, search)
    for campaign, segment, progress in found:
        with st.container(border=True, gap="xsmall"):
            _campaign(campaign, segment)
            _progress(campaign, progress, now)


def _campaign(campaign: Campaign, segment: Segment) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not a link: one to the page it is on is drawn as the place where the visitor is.
        st.button(
            f"**{literal.markdown(campaign.name)}**",
            type="tertiary",
            key=f"campaigns_open_{campaign.id}",
            on_click=opened.open_,
            args=(campaign.id,),
        )
        st.space("stretch")
        statuses.badge(campaign.status)
    changed = times.exact(campaign.updated_at)
    st.caption(f"Segment: {literal.markdown(segment.name)} · changed {changed}")


@st.fragment(parallel=True)
@errors.shown()
def _progress(campaign: Campaign, progress: CampaignProgress, now: datetime) -> None:
    # The audience is a query over all customers, so each has its own time.
    place = st.skeleton()
    with default().answer() as session:
        audience = count(session, campaign_rule(campaign), now=now)
    steps = {
        "in the audience": audience,
        "drafted": progress.drafted,
        "approved": progress.approved,
        "sent": progress.sent,
        "failed": progress.failed,
    }
    said = " → ".join(f"**{numbers.whole(number)}** {step}" for step, number in steps.items())
    waiting = f" · **{numbers.whole(progress.to_review)}** to review" if progress.to_review else ""
    place.markdown(said + waiting)
