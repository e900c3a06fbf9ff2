"""The charts of the screens: Vega-Lite that the browser takes, with what they are given.

Streamlit passes on whatever it is given, and the browser draws nothing of what it does not know:
Altair, which comes with Streamlit, has the grammar.
"""

import json
from typing import Any

import altair
import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest


def _app(drawn: str) -> None:
    from datetime import date, timedelta

    from pages.parts import charts

    days = [date(2026, 6, 1) + timedelta(days=day) for day in range(10)]
    many = [date(2026, 6, 3) + timedelta(days=day) for day in range(91)]
    series = {"visit": [*range(10)], "*buy*": [0] * 9 + [100]}
    match drawn:
        case "daily":
            charts.events(days, series)
        case "weekly":
            charts.events(many, {"visit": [1] * 91})
        case "trend":
            charts.trend("Title", days, series["visit"], unit="Events")
        case "ranked":
            charts.ranked("Title", {"*buy*": 100, "visit": 45}, unit="Events")
        case "legend":
            charts.ranked("Title", {"*buy*": 100, "visit": 45}, unit="Events", is_legend=True)
        case "nothing":
            charts.events(days, {})


def drawn(chart: str) -> tuple[dict[str, Any], pd.DataFrame]:
    """What the browser is given: the chart in Vega-Lite, and its rows."""
    page = AppTest.from_function(_app, args=(chart,)).run()
    assert not page.exception
    (element,) = page.get("vega_lite_chart")
    assert element.proto.alt
    rows = pa.ipc.open_stream(element.proto.data.data).read_pandas()
    return json.loads(element.proto.spec), rows


@pytest.mark.parametrize("chart", ["daily", "weekly", "trend", "ranked", "legend", "nothing"])
def test_a_chart_is_vega_lite(chart: str) -> None:
    spec, _ = drawn(chart)
    assert altair.Chart.from_dict({"data": {"name": "rows"}, **spec})


@pytest.mark.parametrize("chart", ["daily", "weekly", "trend", "ranked", "legend"])
def test_a_chart_encodes_columns_that_its_rows_have(chart: str) -> None:
    spec, rows = drawn(chart)
    layers = [spec, *spec.get("layer", [])]
    channels = [each for layer in layers for each in layer.get("encoding", {}).values()]
    flat = [one for each in channels for one in (each if isinstance(each, list) else [each])]
    assert {one["field"] for one in flat} <= {*rows.columns}


def test_days_have_a_number_for_each_name_and_the_axis_ends_above_their_sum() -> None:
    spec, rows = drawn("daily")
    numbers = rows[rows["day"] == "2026-06-10"].set_index("name")["number"].to_dict()
    assert numbers == {"visit": 9, "*buy*": 100}
    assert spec["encoding"]["y"]["scale"]["domain"] == [0, 109]


def test_of_more_than_90_days_each_week_from_monday_on_is_a_bar() -> None:
    spec, rows = drawn("weekly")
    assert spec["title"]["text"] == "Events per week, by type"
    assert [*rows["day"].unique()][:2] == ["2026-06-01", "2026-06-08"]


def test_a_legend_has_the_colours_of_the_chart_beside_it_in_its_own_order() -> None:
    spec, rows = drawn("legend")
    (colours,) = [
        each["encoding"]["color"] for each in spec["layer"] if "color" in each["encoding"]
    ]
    assert colours["scale"]["domain"] == [*rows["name"]] == ["*buy*", "visit"]
