"""Storing on SQLite: plain inserts, with one writer at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.events.incoming import NewEvent
from pipeline.events.storing.profiles import COUNTED, add_to
from pipeline.events.storing.stored import Stored
from pipeline.models import (
    PROFILES,
    AnyActivity,
    Customer,
    Event,
    PropertyActivity,
    TrackedProperty,
)
from pipeline.sql import Insert, insert_new, timestamp_text


def store(session: Session, events: Iterable[NewEvent], now: datetime) -> Stored:
    """Store those events whose key is new."""
    return _store(session, events, now, _before(session))


def store_naming(session: Session, events: Sequence[NewEvent], now: datetime) -> Iterable[str]:
    """As `store`; gives the new events' ids."""
    before = _before(session)
    _store(session, events, now, before)
    return session.scalars(_new_ids(), {"last": before.last})


class _Before(NamedTuple):
    """The last row of events before some are stored, and whether any properties are tracked."""

    last: int
    tracks: bool


def _store(session: Session, events: Iterable[NewEvent], now: datetime, before: _Before) -> Stored:
    new_events = new_customers = 0
    for part in _parts(events):
        new_customers += _insert_customers(session, part, now)
        new_events += _insert_events(session, part, now)
    if new_events:
        for table in PROFILES:
            if before.tracks or table is not PropertyActivity:
                session.execute(_add_new(table), {"last": before.last})
    return Stored(new_events, new_customers)


def _parts(events: Iterable[NewEvent]) -> Iterator[list[NewEvent]]:
    """All events, so many at a time that they take little memory."""
    rest = iter(events)
    while part := list(islice(rest, _PART)):
        yield part


def _insert_customers(session: Session, events: Sequence[NewEvent], now: datetime) -> int:
    at = timestamp_text(now)
    people = {event.customer_id: event.email for event in events}
    return insert_new(session, Customer, [(id_, email, at, at) for id_, email in people.items()])


def _insert_events(session: Session, events: Sequence[NewEvent], now: datetime) -> int:
    at = timestamp_text(now)
    return insert_new(session, Event, [(id_, *fields, at) for id_, _email, *fields in events])


_PART = 2_000
_ROWID: sa.ColumnElement[int] = sa.literal_column("events.rowid", sa.BigInteger())


def _before(session: Session) -> _Before:
    return _Before(*session.execute(_state()).one())


@cache
def _state() -> sa.Select[int, bool]:
    last = sa.select(sa.func.coalesce(sa.func.max(_ROWID), 0)).select_from(Event)
    return sa.select(last.scalar_subquery(), sa.exists(sa.select(TrackedProperty.id)))


# There is one writer, and a new row's number is the largest: these are the rows just written.
_JUST_STORED = sa.bindparam("last") < _ROWID


@cache
def _add_new(table: type[AnyActivity]) -> Insert:
    stored = sa.select(*COUNTED, Event.properties).where(_JUST_STORED)
    return add_to("sqlite", table, stored.cte("stored"))


@cache
def _new_ids() -> sa.Select[Any]:
    return sa.select(sa.type_coerce(Event.id, sa.String)).where(_JUST_STORED)
