"""How large an audience was on each of the last days."""

from datetime import datetime, timedelta

import streamlit as st

from pages.parts import charts, errors, later, times
from pipeline import Rule, Size, sizes
from pipeline.database import default

_DAYS = 30
_HEIGHT = 260


def show(rule: Rule, size: int, now: datetime) -> None:
    """Draw a chart of it, which ends with the present size and may come after all else."""
    with st.container(border=True):
        _chart(rule, now, [Size(now, size)])


@st.fragment
@errors.shown()
def _chart(rule: Rule, now: datetime, found: list[Size]) -> None:
    with default().read() as session:
        for back in later.some(range(len(found), _DAYS)):
            found[:0] = sizes(session, rule, 1, now=now - timedelta(days=back))
    if len(found) < _DAYS:
        st.skeleton(_HEIGHT)
        later.again("segments.history")
        return
    days = [each.at.astimezone(times.zone()).date() for each in found]
    numbers = [each.count for each in found]
    charts.trend(f"Audience on each of the last {_DAYS} days", days, numbers, unit="Customers")
    at = f"{now.astimezone(times.zone()):%H:%M}"
    st.caption(f"How many matched at {at} of that day, by what had happened until then.")
