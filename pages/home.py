"""Home: what the pipeline holds and what goes on in it; on an empty one, how to begin."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from pages.event import form, rest_calls
from pages.parts import (
    charts,
    errors,
    later,
    links,
    literal,
    numbers,
    periods,
    statuses,
    times,
    welcome,
)
from pipeline import utcnow
from pipeline.database import default
from pipeline.demo import is_unfinished
from pipeline.reports import (
    ActiveCustomers,
    Funnel,
    Totals,
    campaign_funnels,
    daily_events,
    engagement,
    has_customers,
    newest_by_type,
    newest_events,
    segment_sizes,
    totals,
)

# As many as a glance takes in; of segments and campaigns each costs a query.
TYPES, EVENTS, SEGMENTS, CAMPAIGNS = 7, 8, 5, 3
# Of all types those with the newest events; each costs a look at every day.
COUNTED = 200


@st.fragment(parallel=True)
@errors.shown()
def metrics(now: datetime) -> None:
    with later.awaited(110), default().read() as session:
        found = engagement(session, [7, 30], now=now)
    week, month = found.active
    with st.grid(4, min_column_width=160):
        st.metric("Customers", numbers.whole(found.customers), border=True, height="stretch")
        active("Active in 7 days", week)
        active("Active in 30 days", month)
        st.metric("Events", numbers.whole(found.events), border=True, height="stretch")


def active(label: str, found: ActiveCustomers) -> None:
    st.metric(
        label,
        numbers.whole(found.now),
        numbers.change(found.now, found.before),
        border=True,
        height="stretch",
        delta_description=f"from {numbers.whole(found.before)}",
        help="Customers who did anything, against those in the same time before.",
    )


@st.fragment(parallel=True)
@errors.shown()
def events(now: datetime) -> None:
    with default().read() as session:
        newest = newest_by_type(session)
    days, picked = view(sorted(newest))
    starts = periods.back(days, max((newest[name] for name in picked or newest), default=None), now)
    lately = [name for name in newest if newest[name] >= starts[0]]
    with default().read() as session:
        types = picked or lately[:COUNTED]
        found = daily_events(session, types, starts, at_most=TYPES, now=now)
    per_day, most_frequent = st.columns([2, 1], border=True)
    with per_day:
        series = charts.with_rest(found.events, found.others, found.other_types)
        charts.events([start.date() for start in starts], series)
        periods.say(starts, now)
    with most_frequent:
        most = {name: sum(daily) for name, daily in series.items()}
        charts.ranked("Event types in these days", most, unit="Events", is_legend=True)
        if not picked and len(lately) > COUNTED:
            st.caption(f"The latest {COUNTED} of {numbers.whole(len(lately))} types.")


def view(types: Sequence[str]) -> tuple[int, list[str]]:
    """How many days are looked at, and which types: none picked is all of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        days = periods.pick([30, 90], 30, "period")
        picked = st.multiselect(
            "Event types",
            types,
            placeholder="All event types",
            max_selections=TYPES,
            key="types",
            bind="query-params",
            label_visibility="collapsed",
        )
    return days, picked


def newest(now: datetime) -> None:
    with default().read() as session:
        found = newest_events(session, EVENTS)
    st.subheader("Newest events", anchor=False)
    for event in found:
        who, what = st.columns([4, 5], gap="xxsmall", vertical_alignment="center")
        with who:
            links.link("customer", event.customer_id, event.email)
        what.caption(f"{times.exact(event.occurred_at)} · {literal.markdown(event.type)}")
    st.caption(times.note(now))


@st.fragment(parallel=True)
@errors.shown()
def segments(held: Totals, now: datetime) -> None:
    st.subheader("Segments", anchor=False)
    with later.awaited(240), default().answer() as session:
        sizes = segment_sizes(session, SEGMENTS, now=now)
    for size in sizes:
        with st.container(horizontal=True, vertical_alignment="center"):
            links.link("segment", size.segment.id, size.segment.name, width="stretch")
            st.caption(shown(size.customers, held.customers), width="content")
    if held.segments > SEGMENTS:
        all_ = numbers.whole(held.segments)
        st.caption(f"The {SEGMENTS} of {all_} that were changed last, the largest first.")
    if sizes:
        st.caption("How many customers match now, and their share of all.")
    else:
        st.caption("There is none yet.")
        st.page_link("pages/segments.py", label=":green[Describe an audience]")


def shown(number: int | None, of: int) -> str:
    if number is None:
        return "cannot be read"
    return f"{numbers.whole(number)} ({numbers.share(number, of)})"


@st.fragment(parallel=True)
@errors.shown()
def campaigns(held: Totals, now: datetime) -> None:
    st.subheader("Campaigns", anchor=False)
    with later.awaited(240), default().answer() as session:
        funnels = campaign_funnels(session, CAMPAIGNS, now=now)
    grid = st.grid(CAMPAIGNS, min_column_width=240)
    for funnel in funnels:
        with grid.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                links.link("campaign", funnel.campaign.id, funnel.campaign.name, width="stretch")
                statuses.badge(funnel.campaign.status)
            title = "Customers at each step"
            alt = f"{title} of {funnel.campaign.name}"
            charts.ranked(title, steps(funnel), unit="Customers", alt=alt)
    if held.campaigns > CAMPAIGNS:
        st.caption(f"The {CAMPAIGNS} of {numbers.whole(held.campaigns)} that were changed last.")
    if not funnels:
        st.caption("There is none yet.")
        st.page_link("pages/campaigns.py", label=":green[Write to an audience]")


def steps(funnel: Funnel) -> dict[str, int]:
    audience = {} if funnel.audience is None else {"Audience": funnel.audience}
    return audience | {
        "Drafted": funnel.progress.drafted,
        "Approved": funnel.progress.approved,
        "Sent": funnel.progress.sent,
        "Failed": funnel.progress.failed,
    }


def api() -> None:
    with st.expander("REST API", icon=":material/code:"):
        st.markdown("All of it can be done over HTTP too: [/api/docs](/api/docs) says how.")
        rest_calls.show(form.EXAMPLE, None)


now = utcnow()
with default().read() as session:
    is_used, is_demo_unfinished = has_customers(session), is_unfinished(session)
if is_used:
    st.title("Home")
    if is_demo_unfinished:
        welcome.go_on(now)
    metrics(now)
    events(now)
    with default().read() as session:
        held = totals(session)
    left, right = st.columns([3, 2], border=True)
    with left:
        newest(now)
    with right:
        segments(held, now)
    campaigns(held, now)
else:
    welcome.show(now)
api()
