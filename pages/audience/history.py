"""How large an audience was on each of the last days."""

from datetime import datetime, timedelta

import streamlit as st

from pages.parts import charts, errors, later, times
from pipeline import Rule, Size, sizes
from pipeline.database import default

_DAYS = 30
#: Days that are found in one pass, where that takes little longer than for one of them.
_AT_ONCE = 10
_HEIGHT = 260


def show(rule: Rule, size: int, now: datetime) -> None:
    """Draw a chart of it, which ends with the present size and comes after all else."""
    _chart(rule, Size(now, size), [])


@st.fragment
@errors.shown()
def _chart(rule: Rule, present: Size, found: list[Size]) -> None:
    if found:
        _go_back(rule, found)
    else:
        found.append(present)
    with st.container(border=True):
        if len(found) == _DAYS:
            _draw(found)
        else:
            st.skeleton(_HEIGHT)
            later.again("segments.history")


def _draw(found: list[Size]) -> None:
    # Not the date of each moment: they are 24 hours apart, and some days have 23 or 25.
    days = [day.date() for day in times.days(_DAYS, found[-1].at)]
    numbers = [each.count for each in found]
    charts.trend(f"Audience on each of the last {_DAYS} days", days, numbers, unit="Customers")
    st.caption("How many matched 24, 48, … hours ago, by what had happened until then.")


def _go_back(rule: Rule, found: list[Size]) -> None:
    """Add the days before those that were found, as many as a short run has time for."""
    at_once = _AT_ONCE if rule.lately else 1
    with default().answer() as session:
        for done in later.some(range(len(found), _DAYS, at_once)):
            days = min(at_once, _DAYS - done)
            found[:0] = sizes(session, rule, days, now=found[0].at - timedelta(days=1))
