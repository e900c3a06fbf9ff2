"""Charts that look alike: a title, a unit, tooltips, the colours of `.streamlit/config.toml`.

Text in them is literal. Days are the viewer's own, made by `times.days`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import altair as alt
import pandas as pd
import streamlit as st

_BAR = 28
_COUNTS = alt.Axis(format=",d", tickMinStep=1, tickCount=5)


def daily(
    title: str, days: Sequence[date], series: Mapping[str, Sequence[int]], *, unit: str
) -> None:
    """Stacked bars: for each name in `series` a number a day, the first name at the bottom.

    `unit` is what is counted, as the axis is to say it: "Events". The colours are those of the
    same names in `ranked`, which has to be beside it: it is the legend.
    """
    _stacked(title, _by_day(days, series), _day_axis(), _DAY, unit)


def weekly(
    title: str, days: Sequence[date], series: Mapping[str, Sequence[int]], *, unit: str
) -> None:
    """As `daily`, with the numbers of each week, from Monday on, as one bar."""
    mondays = [day - timedelta(days=day.weekday()) for day in days]
    weeks = alt.X("day:O", timeUnit="utcyearmonthdate", title=None, axis=_DAYS)
    _stacked(title, _by_day(mondays, series), weeks, _WEEK, unit)


def _stacked(title: str, rows: pd.DataFrame, x: alt.X, when: alt.Tooltip, unit: str) -> None:
    # Else a scale of zeros begins in the middle.
    scale = alt.Scale(domain=[0, max([1, *rows.groupby("day")["number"].sum()])], nice=True)
    bars = (
        alt.Chart(rows)
        .mark_bar(binSpacing=1)
        .encode(
            x=x,
            y=alt.Y("sum(number):Q", title=unit, axis=_COUNTS, scale=scale),
            color=_colours(rows["name"].unique()),
            order="rank:Q",
            tooltip=[when, alt.Tooltip("name:N", title="Type"), _number(unit, "sum(number):Q")],
        )
    )
    _draw(bars, title, 250)


def trend(title: str, days: Sequence[date], numbers: Sequence[int], *, unit: str) -> None:
    """A line: a number a day, on a scale that begins at zero."""
    # Else a line of zeros is in the middle.
    scale = alt.Scale(domain=[0, max([1, *numbers])], nice=True)
    line = (
        alt.Chart(_by_day(days, {unit: numbers}))
        .mark_line(point=alt.OverlayMarkDef(size=20), strokeWidth=2)
        .encode(
            x=_day_axis(),
            y=alt.Y("number:Q", title=unit, axis=_COUNTS, scale=scale),
            tooltip=[_DAY, _number(unit)],
        )
    )
    _draw(line, title, 200)


def ranked(title: str, numbers: Mapping[str, int], *, unit: str, is_legend: bool = False) -> None:
    """Horizontal bars in the order given, each with its number beside it.

    As a legend it has a colour for each name.
    """
    rows = pd.DataFrame({"name": list(numbers), "number": list(numbers.values())})
    # Room for the number beside the longest bar.
    scale = alt.Scale(domain=[0, max([1, *numbers.values()]) * 1.3])
    names = alt.Axis(labelLimit=150, ticks=False, domain=False)
    base = alt.Chart(rows).encode(
        x=alt.X("number:Q", axis=None, scale=scale),
        y=alt.Y("name:N", sort=None, title=None, axis=names),
        tooltip=[alt.Tooltip("name:N", title="Name"), _number(unit)],
    )
    bars = base.mark_bar(height={"band": 0.7})
    if is_legend:
        bars = bars.encode(color=_colours(numbers))
    figures = base.mark_text(align="left", dx=5, color=_ink()).encode(
        text=alt.Text("number:Q", format=",d")
    )
    _draw(bars + figures, title, _BAR * len(rows) + 40)


def _colours(names: Iterable[str]) -> alt.Color:
    return alt.Color("name:N", scale=alt.Scale(domain=[*names]), legend=None)


def _by_day(days: Sequence[date], series: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"{day:%Y-%m-%d}", name, rank, number)
            for rank, (name, numbers) in enumerate(series.items())
            for day, number in zip(days, numbers, strict=True)
        ],
        columns=["day", "name", "rank", "number"],
    )


# The days have been cut in the viewer's time zone already: UTC keeps the browser from shifting
# them once more.
_DAY = alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="Day", format="%a %-d %b %Y")
_WEEK = alt.Tooltip("day:O", timeUnit="utcyearmonthdate", title="Week of", format="%-d %b %Y")
_DAYS = alt.Axis(format="%-d %b", labelOverlap=True, grid=False)


def _day_axis() -> alt.X:
    return alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=_DAYS)


def _number(unit: str, what: str = "number:Q") -> alt.Tooltip:
    return alt.Tooltip(what, title=unit, format=",d")


def _ink() -> str:
    # Text among the marks is the one thing that Streamlit's theme leaves black.
    return "#e4ebe9" if st.context.theme.type == "dark" else "#1b2523"


def _draw(chart: alt.Chart | alt.LayerChart, title: str, height: int) -> None:
    # Streamlit's own distances leave a third of a small chart empty.
    near = {"title": alt.TitleParams(title, offset=16), "padding": {"bottom": 4}}
    st.altair_chart(chart.properties(height=height, **near), alt=title)
