"""One customer: in numbers, day by day, event by event, in segments, in campaigns."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from pages.customer import belonging, erasing, exporting, opened, timeline
from pages.parts import charts, errors, links, literal, numbers, periods, times
from pipeline import NotFound, Profile, get_customer
from pipeline.database import default
from pipeline.models import Activity
from pipeline.reports.timelines import activity_by_type, customer_days

# As many as a chart's legend has room for.
_TYPES = 7


def show(customer_id: uuid.UUID, now: datetime) -> None:
    """Draw the profile, or that there is none."""
    opened.has_opened()
    links.back("All customers", "customer", opened.before())
    try:
        with default().read() as session:
            customer = get_customer(session, customer_id)
            activity = activity_by_type(session, customer.id)
    except NotFound:
        st.title("Customers")
        links.say_missing("customer")
        return
    opened.begin(customer.id)
    _heading(customer)
    _metrics(customer, activity, now)
    _activity(customer.id, activity, now)
    left, right = st.columns([3, 2])
    with left:
        timeline.show(customer.id, [each.type for each in activity], now)
    with right:
        belonging.segments(customer.id, now)
        belonging.campaigns(customer.id, now)


def _heading(customer: Profile) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(literal.markdown(customer.email), anchor=False, width="stretch")
        exporting.of_one(customer.id)
        if st.button("Erase", icon=":material/delete_forever:"):
            erasing.ask(customer)


@st.fragment
@errors.shown()
def _activity(customer_id: uuid.UUID, activity: Sequence[Activity], now: datetime) -> None:
    period = periods.pick([30, 90, 365], 90, opened.PERIOD)
    newest = max((each.last_at for each in activity), default=None)
    starts = periods.back(period, newest, now)
    frequent, rest = activity[:_TYPES], activity[_TYPES:]
    with default().read() as session:
        types = [each.type for each in frequent]
        days = customer_days(session, customer_id, types, starts, now=now)
    per_day, most_frequent = st.columns([2, 1], border=True)
    with per_day:
        series = charts.with_rest(days.events, days.others, len(rest))
        charts.events([start.date() for start in starts], series)
        periods.say(starts, now)
        st.caption(f"Active on {days.active} of these {numbers.counted(len(starts), 'day')}.")
    with most_frequent:
        most = {each.type: each.event_count for each in frequent}
        most = charts.with_rest(most, sum(each.event_count for each in rest), len(rest))
        charts.ranked("All time, by event type", most, unit="Events", is_legend=True)


def _metrics(customer: Profile, activity: Sequence[Activity], now: datetime) -> None:
    with st.grid(3, min_column_width=160):
        _number("Events", numbers.whole(customer.event_count))
        _moment("First seen", min((each.first_at for each in activity), default=None), now)
        _moment("Last seen", customer.last_seen_at, now)


def _moment(label: str, moment: datetime | None, now: datetime) -> None:
    if moment:
        day, at = times.exact(moment).split(", ")
        _number(label, day, f"{at}, {times.ago(moment, now)}", times.utc(moment))


def _number(label: str, value: str, note: str | None = None, hint: str | None = None) -> None:
    st.metric(
        label,
        value,
        note,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=hint,
    )
