"""The pages' first runs on the events that `peer` asks: the server's time for each.

Through AppTest, which runs a page as the server does: all its queries, and all that it sends.
"""

import os
import statistics
import sys
import time
import uuid
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from pipeline import database as databases
from pipeline.campaigns import create_campaign, list_campaigns
from pipeline.customers import list_customers
from pipeline.database import Database
from pipeline.drafts import generate_drafts
from pipeline.models import Segment
from pipeline.segments import create_segment, list_segments
from tests.benchmarks import dataset
from tests.benchmarks.databases import analyze

sys.path.append(str(Path(__file__).parents[1]))  # as pytest has it

from screens import new_screen, open_screen

SIZES = {"postgresql": (1_000_000, 10_000_000), "sqlite": (1_000_000,)}
BOUGHT = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 90}
VISITED = {
    "kind": "event_count_gte_in_last_days",
    "eventType": "page_view",
    "days": 30,
    "minCount": 3,
}


def run(runs: int) -> None:
    folder = dataset.folder()
    for kind, sizes in SIZES.items():
        for events in sizes:
            with dataset.both(folder, kind, events) as (database, _):
                print(f"{kind}, {events:,} events: ms of a first run, median of {runs}")
                _measure_all(database, runs)


def _measure_all(database: Database, runs: int) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    environment = patch.dict(os.environ, {"DATABASE_URL": url})
    clock = patch("pipeline.utcnow", lambda: dataset.NOW)
    with environment, clock:
        for name, (page, query) in _views(database, dataset.NOW).items():
            print(f"  {name:<24} {_measure(page, query, runs):>6.0f}", flush=True)
        databases.default().close()
        databases._of_settings.forget()


def _prepared(database: Database, now: datetime) -> tuple[Segment, uuid.UUID]:
    """A segment, and a campaign with drafts for another one; they are kept, too."""
    with database.begin() as session:
        if known := list_segments(session):
            (visited,) = (each for each in known if each.name == "Visited")
            return visited, list_campaigns(session)[0][0].id
        bought = create_segment(session, name="Bought", definition=BOUGHT, now=now)
        visited = create_segment(session, name="Visited", definition=VISITED, now=now)
        campaign = create_campaign(session, name="Thanks", segment_id=bought.id, now=now)
    generate_drafts(database, campaign.id, now=now)
    analyze(database)
    return visited, campaign.id


def _views(database: Database, now: datetime) -> dict[str, tuple[str, dict[str, str]]]:
    """Each page as it opens, and with something selected."""
    visited, campaign_id = _prepared(database, now)
    with database.read() as session:
        someone = list_customers(session).rows[0]
    return {
        "home": ("home", {}),
        "ingest": ("ingest", {}),
        "customers": ("customers", {}),
        "customers, searched": ("customers", {"search": "customer99"}),
        "customers, one": ("customers", {"customer": str(someone.id)}),
        "segments": ("segments", {}),
        "segments, one": ("segments", {"segment": str(visited.id)}),
        "campaigns": ("campaigns", {}),
        "campaigns, one": ("campaigns", {"campaign": str(campaign_id)}),
    }


def _measure(page: str, query: dict[str, str], runs: int) -> float:
    # AppTest looks for components before a page's first run, which a server does when it starts.
    components = open_screen(page, **query)._bidi_component_manager
    seconds = []
    for _ in range(runs):
        screen = new_screen(page, **query)
        screen._bidi_component_manager = components
        started = time.monotonic()
        screen.run()
        seconds.append(time.monotonic() - started)
        assert not screen.exception, screen.exception
    return statistics.median(seconds) * 1000
