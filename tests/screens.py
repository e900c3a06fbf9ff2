"""The pages as a visitor sees them, without a browser."""

import re
from functools import cache
from typing import Any

import pyarrow as pa
from servers import ROOT
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test


class _FramedPages(PagesManager):
    """Pages inside `dashboard.py`, as on the server; AppTest would run their files alone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        PagesManager.uses_pages_directory = False
        super().__init__(*args, **options)


app_test.PagesManager = _FramedPages
# After each run of a script: here it takes as long as the run.
config.set_option("runner.postScriptGC", False)
# Each AppTest looks for components in everything that is installed: longer than a page runs.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def open_screen(name: str = "home", /, **query: str | list[str]) -> AppTest:
    """The page of this name, opened in Berlin with these query parameters."""
    return new_screen(name, **query).run()


def new_screen(name: str = "home", /, **query: str | list[str]) -> AppTest:
    """As `open_screen`, before its first run."""
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    page.context = {"timezone": "Europe/Berlin"}
    for key, value in query.items():
        page.query_params[key] = value
    if name != "home":
        page.switch_page(f"pages/{name}.py")
    return page


def links(page: AppTest) -> list[str]:
    """What the links of the page are called, without their colour."""
    return [re.sub(r"^:green\[(.*)\]$", r"\1", link.value) for link in page.main.page_link]


def metrics(page: AppTest) -> dict[str, str]:
    """What the metrics of the page say, by their labels."""
    return {metric.label: metric.value for metric in page.metric}


def bars(page: AppTest, title: str) -> dict[str, int]:
    """What the chart of this title shows, by name: all its bars of one name together."""
    (chart,) = (each for each in page.get("vega_lite_chart") if each.proto.alt == title)
    rows = pa.ipc.open_stream(chart.proto.data.data).read_pandas()
    return dict(rows.groupby("name", sort=False)["number"].sum())
