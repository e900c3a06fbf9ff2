"""A campaign to 100,000 customers: drafts generated, approved and sent a second, and the memory."""

import statistics
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import psutil

from pipeline.campaigns import create_campaign
from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.drafts import generate_drafts, review_rest
from pipeline.segments import create_segment
from pipeline.sends import send_campaign
from tests.benchmarks import shop
from tests.benchmarks.databases import analyze, both, empty

EVENTS, CUSTOMERS = 300_000, 110_000
EVERYBODY = {"kind": "event", "eventType": None, "window": None}
T = TypeVar("T")


def run(runs: int) -> None:
    with both() as urls:
        for kind, url in urls.items():
            database, now = empty(url), utcnow()
            shop.fill(database, EVENTS, CUSTOMERS, now)
            analyze(database)
            figures = [_campaign(database, now) for _ in range(runs)]
            drafted, sent, memory = (statistics.median(each) for each in zip(*figures, strict=True))
            print(
                f"{kind:<11} {drafted:>7,.0f} drafts/s   {sent:>7,.0f} sends/s"
                f"   {memory:>4.0f} MB above idle   (median of {runs})",
                flush=True,
            )
            database.close()


def _campaign(database: Database, now: datetime) -> tuple[float, float, float]:
    """Drafts a second, sends a second, and the memory that both took (MB)."""
    with database.begin() as session:
        segment = create_segment(session, name="All", definition=EVERYBODY, now=now)
        campaign = create_campaign(session, name="All", segment_id=segment.id, now=now).id
    idle = _memory()
    drafted, draft_seconds = _timed(lambda: generate_drafts(database, campaign, now=now))
    above = _memory() - idle
    _approve(database, campaign, now)
    result, send_seconds = _timed(lambda: send_campaign(database, campaign, clock=utcnow))
    above = max(above, _memory() - idle)
    assert result.sent == drafted, result
    return drafted / draft_seconds, result.sent / send_seconds, above


def _approve(database: Database, campaign: uuid.UUID, now: datetime) -> None:
    with database.begin() as session:
        review_rest(session, campaign, "approved", now=now)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def _memory() -> float:
    return float(psutil.Process().memory_full_info().uss) / 1024 / 1024
