"""Charts that look alike: a title, a unit, tooltips, the colours of `.streamlit/config.toml`.

Text in them is literal. Days are the viewer's own, made by `times.days`. They are written in
Vega-Lite (https://vega.github.io/vega-lite/docs/): Altair, which writes it too, takes 10 to 15 ms
for each to check it against the grammar, which is for tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from pages.parts.numbers import counted

T = TypeVar("T")

_Spec = dict[str, Any]

_BAR = 28
_MOST_BARS = 90


def events(days: Sequence[date], series: Mapping[str, Sequence[int]]) -> None:
    """Stacked bars of events: for each type in `series` a number a day, the first at the bottom.

    Where days are many, those of a week, from Monday on, are one bar. The colours are those of the
    same types in `ranked`, which has to be beside it: it is the legend.
    """
    if len(days) <= _MOST_BARS:
        _stacked("Events per day, by type", _by_day(days, series), _DAYS, _DAY)
    else:
        mondays = [day - timedelta(days=day.weekday()) for day in days]
        weeks = {**_DAYS, "type": "ordinal"}
        _stacked("Events per week, by type", _by_day(mondays, series), weeks, _WEEK)


def _stacked(title: str, rows: pd.DataFrame, x: _Spec, when: _Spec) -> None:
    highest = rows.groupby("day")["number"].sum()
    number = {**_NUMBER, "aggregate": "sum", "title": "Events"}
    bars = {
        "mark": {"type": "bar", "binSpacing": 1},
        "encoding": {
            "x": x,
            "y": {**number, **_from_zero(highest)},
            "color": _colours(rows["name"].unique()),
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": [when, {**_NAME, "title": "Type"}, {**number, "format": ",d"}],
        },
    }
    _draw(title, rows, bars, height=250)


def trend(title: str, days: Sequence[date], numbers: Sequence[int], *, unit: str) -> None:
    """A line: a number a day, on a scale that begins at zero."""
    number = {**_NUMBER, "title": unit}
    line = {
        "mark": {"type": "line", "point": {"size": 20}, "strokeWidth": 2},
        "encoding": {
            "x": _DAYS,
            "y": {**number, **_from_zero(numbers)},
            "tooltip": [_DAY, {**number, "format": ",d"}],
        },
    }
    _draw(title, _by_day(days, {unit: numbers}), line, height=200)


def ranked(
    title: str,
    numbers: Mapping[str, int],
    *,
    unit: str,
    is_legend: bool = False,
    alt: str | None = None,
) -> None:
    """Horizontal bars in the order given, each with its number beside it.

    As a legend it has a colour for each name. `alt` tells it from others of the same title.
    """
    # Room for the number beside the longest bar.
    scale = {"domain": [0, max([1, *numbers.values()]) * 1.3]}
    names = {"labelLimit": 150, "ticks": False, "domain": False}
    figure = {**_NUMBER, "format": ",d"}
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {"color": _colours(numbers)} if is_legend else {},
    }
    figures = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": _ink()},
        "encoding": {"text": figure},
    }
    both = {
        "encoding": {
            "x": {**_NUMBER, "axis": None, "scale": scale},
            "y": {**_NAME, "sort": None, "title": None, "axis": names},
            "tooltip": [{**_NAME, "title": "Name"}, {**figure, "title": unit}],
        },
        "layer": [bars, figures],
    }
    rows = pd.DataFrame({"name": list(numbers), "number": list(numbers.values())})
    _draw(title, rows, both, height=_BAR * len(rows) + 40, alt=alt)


def with_rest(series: Mapping[str, T], rest: T, types: int) -> dict[str, T]:
    """The same, and last what so many other event types have together."""
    return {**series, **({counted(types, "other type"): rest} if types else {})}


def _colours(names: Iterable[str]) -> _Spec:
    return {**_NAME, "scale": {"domain": [*names]}, "legend": None}


def _from_zero(numbers: Iterable[int]) -> _Spec:
    # Else a scale of zeros begins in the middle.
    scale = {"domain": [0, int(max([1, *numbers]))], "nice": True}
    return {"scale": scale, "axis": {"format": ",d", "tickMinStep": 1, "tickCount": 5}}


def _by_day(days: Sequence[date], series: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"{day:%Y-%m-%d}", name, rank, number)
            for rank, (name, numbers) in enumerate(series.items())
            for day, number in zip(days, numbers, strict=True)
        ],
        columns=["day", "name", "rank", "number"],
    )


_NAME = {"field": "name", "type": "nominal"}
_NUMBER = {"field": "number", "type": "quantitative"}
# The days have been cut in the viewer's time zone already: UTC keeps the browser from shifting
# them once more.
_TIME = {"field": "day", "timeUnit": "utcyearmonthdate", "type": "temporal"}
_DAY = {**_TIME, "title": "Day", "format": "%a %-d %b %Y"}
_WEEK = {**_TIME, "type": "ordinal", "title": "Week of", "format": "%-d %b %Y"}
_DAYS = {
    **_TIME,
    "title": None,
    "axis": {"format": "%-d %b", "labelOverlap": True, "grid": False},
}


def _ink() -> str:
    # Text among the marks is the one thing that Streamlit's theme leaves black.
    return "#e4ebe9" if st.context.theme.type == "dark" else "#1b2523"


def _draw(
    title: str, rows: pd.DataFrame, chart: _Spec, *, height: int, alt: str | None = None
) -> None:
    # Streamlit's own distances leave a third of a small chart empty.
    near = {"title": {"text": title, "offset": 16}, "padding": {"bottom": 4}}
    st.vega_lite_chart(rows, {**chart, **near, "height": height}, alt=alt or title)
