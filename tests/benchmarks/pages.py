"""The pages' first runs on a million events of 100,000 customers: the server's time for each.

Through AppTest, which runs a page as the server does: all its queries, and all that it sends.
"""

import os
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path

from pipeline import database as databases
from pipeline.campaigns import create_campaign
from pipeline.clock import utcnow
from pipeline.customers import list_customers
from pipeline.database import Database, default
from pipeline.drafts import generate_drafts
from pipeline.segments import create_segment
from tests.benchmarks import shop
from tests.benchmarks.databases import analyze, both, empty

sys.path.append(str(Path(__file__).parents[1]))  # as pytest has it

from screens import new_screen, open_screen

EVENTS, CUSTOMERS = 1_000_000, 100_000
BOUGHT = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 90}
VISITED = {
    "kind": "event_count_gte_in_last_days",
    "eventType": "page_view",
    "days": 30,
    "minCount": 3,
}


def run(runs: int) -> None:
    with both() as urls:
        for url in urls.values():
            os.environ["DATABASE_URL"] = url
            empty(url).close()
            database, now = default(), utcnow()
            shop.fill(database, EVENTS, CUSTOMERS, now)
            views = _views(database, now)
            analyze(database)
            print(f"{database.kind}, {EVENTS:,} events: ms of a first run, median of {runs}")
            for name, (page, query) in views.items():
                print(f"  {name:<24} {_measure(page, query, runs):>6.0f}", flush=True)
            database.close()
            databases._connected_once.cache_clear()


def _views(database: Database, now: datetime) -> dict[str, tuple[str, dict[str, str]]]:
    """Each page as it opens, and with something selected."""
    with database.begin() as session:
        bought = create_segment(session, name="Bought", definition=BOUGHT, now=now)
        visited = create_segment(session, name="Visited", definition=VISITED, now=now)
        campaign = create_campaign(session, name="Thanks", segment_id=bought.id, now=now)
        someone = list_customers(session).rows[0]
    generate_drafts(database, campaign.id, now=now)
    return {
        "home": ("home", {}),
        "ingest": ("ingest", {}),
        "customers": ("customers", {}),
        "customers, searched": ("customers", {"search": "customer99"}),
        "customers, one": ("customers", {"customer": str(someone.id)}),
        "segments": ("segments", {}),
        "segments, one": ("segments", {"segment": str(visited.id)}),
        "campaigns": ("campaigns", {}),
        "campaigns, one": ("campaigns", {"campaign": str(campaign.id)}),
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
