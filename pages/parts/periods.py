"""The days that a chart looks back over: the last ones or, where those are empty, earlier ones."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from pages.parts import times
from pages.parts.numbers import counted


def pick(lengths: Sequence[int], usual: int, key: str) -> int:
    """Draw the choice of how many days it looks back over."""
    days = st.segmented_control(
        "Period",
        lengths,
        default=usual,
        required=True,
        format_func=lambda days: f"{days} days",
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    )
    return days or usual


def back(number: int, newest: datetime | None, now: datetime) -> list[datetime]:
    """As `times.days`; up to the day of the `newest` event there is, if they all come later."""
    last = times.days(number, now)
    return last if newest is None or newest >= last[0] else times.days(number, newest)


def say(starts: list[datetime], now: datetime) -> None:
    """Say so if these days are earlier ones."""
    if starts[-1] < times.days(1, now)[0]:
        days, last = counted(len(starts), "day"), f"{starts[-1]:%-d %b %Y}"
        st.caption(f"Nothing in the last {days}: these are the {days} up to {last}.")
