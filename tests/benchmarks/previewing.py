"""The live preview of the three rule kinds, over 7, 30 and 90 days of a million events."""

import statistics
import time
from datetime import datetime

from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.rules import Rule, parse
from pipeline.segments import preview
from tests.benchmarks import shop
from tests.benchmarks.databases import analyze, both, empty

EVENTS, CUSTOMERS = 1_000_000, 100_000
KINDS: dict[str, dict[str, object]] = {
    "did page_view": {"kind": "event_type_in_last_days", "eventType": "page_view"},
    "path = /page/7": {
        "kind": "event_property_equals",
        "eventType": "page_view",
        "path": "path",
        "value": "/page/7",
    },
    "page_view ≥ 3": {
        "kind": "event_count_gte_in_last_days",
        "eventType": "page_view",
        "minCount": 3,
    },
}


def run(runs: int) -> None:
    with both() as urls:
        for url in urls.values():
            database, now = empty(url), utcnow()
            shop.fill(database, EVENTS, CUSTOMERS, now)
            analyze(database)
            _measure(database, now, runs)
            database.close()


def _measure(database: Database, now: datetime, runs: int) -> None:
    print(f"{database.kind}, {EVENTS:,} events: preview in ms, median of {runs} warm runs")
    for name, definition in KINDS.items():
        rules = {days: parse({**definition, "days": days}) for days in (7, 30, 90)}
        figures = (_figure(database, rule, days, now, runs) for days, rule in rules.items())
        print(f"  {name:<16}", *figures, flush=True)


def _figure(database: Database, rule: Rule, days: int, now: datetime, runs: int) -> str:
    seconds = []
    for _ in range(runs + 1):
        started = time.monotonic()
        with database.read() as session:
            found = preview(session, rule, now=now)
        seconds.append(time.monotonic() - started)
    return f"  {days:>2} days: {statistics.median(seconds[1:]) * 1000:>5.0f} ({found.count:,})"
