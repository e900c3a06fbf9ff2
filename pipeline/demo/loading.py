"""The load: the story's events through the ingest day by day, then its segments and campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.demo.campaigns import CAMPAIGNS, carry_out, first_load
from pipeline.demo.events import ShopEvent, shop_events
from pipeline.demo.segments import SEGMENTS
from pipeline.events.incoming import parse
from pipeline.events.storing import Stored, store
from pipeline.progress import Progress, silent

_DAYS = 90


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What a load has added; `duplicates` are the events that were there already."""

    customers: int
    events: int
    duplicates: int
    segments: int
    campaigns: int


def load_demo(database: Database, *, now: datetime, on_progress: Progress = silent) -> DemoReport:
    """Load a shop's customers, their events of 90 days, its segments and campaigns; mails nobody.

    The days count from the first load. Loading again, after an interruption or days later, adds
    what is missing and what has happened since, and nothing twice: whatever it stores has a key or
    an id known beforehand. What was changed meanwhile stays changed, what was erased comes back.
    `on_progress` counts events.
    """
    segments, campaigns, loaded_at = database.transact(partial(_plan, now=now))
    events = shop_events(loaded_at.date() - timedelta(days=_DAYS), now)
    customers, stored = _replay(database, events, on_progress)
    for plan in CAMPAIGNS:
        carry_out(database, plan, events, loaded_at=loaded_at, now=now)
    return DemoReport(customers, stored, len(events) - stored, segments, campaigns)


def _plan(session: Session, now: datetime) -> tuple[int, int, datetime]:
    """How many segments and campaigns were new, and when the first load was."""
    segments = sum(plan.create(session, now) for plan in SEGMENTS)
    campaigns = sum(plan.create(session, now) for plan in CAMPAIGNS)
    return segments, campaigns, first_load(session)


def _replay(
    database: Database, events: Sequence[ShopEvent], on_progress: Progress
) -> tuple[int, int]:
    """Ingest the events day by day; how many customers and how many events were new."""
    customers = stored = done = 0
    for _, day in groupby(events, key=lambda event: event.at.date()):
        came = list(day)
        kept = _ingest(database, came)
        customers += kept.new_customers
        stored += kept.events
        done += len(came)
        on_progress(done, len(events))
    return customers, stored


def _ingest(database: Database, events: Sequence[ShopEvent]) -> Stored:
    # By the clock of the day on which they came in, as the shop would have sent them.
    now = events[-1].at
    parsed = [parse(event.fields(), key=event.key, now=now) for event in events]
    return database.transact(lambda session: store(session, parsed, now=now))
