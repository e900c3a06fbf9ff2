"""A dry run: what storing would do, found out without storing."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.events.incoming import NewEvent
from pipeline.events.packing import Packed, unpack
from pipeline.events.storing import Stored
from pipeline.files.occurrences import Occurrences
from pipeline.models import Customer, Event

_KEYS = 5_000  # SQLite takes 32,766 parameters in a statement


class Trial:
    """Answers as storing would; `seen` tells what earlier calls would have stored."""

    def __init__(self, database: Database, seen: Occurrences) -> None:
        self._database = database
        self._seen = seen

    def __call__(self, packed: Packed) -> Stored:
        """How many of these events, and of their customers, would be new."""
        events = list(unpack(packed))
        with self._database.read() as session:
            there = stored_at(session, events)
            known = _known(session, {event.customer_id for event in events})
        new = {event.id: event.customer_id for event in events if event.id not in there}
        first = self._first_seen(new)
        customers = {new[event_id] for event_id in first} - known
        return Stored(len(first), len(self._first_seen(customers)))

    def _first_seen(self, ids: Iterable[str]) -> list[str]:
        ids = list(ids)
        numbers = self._seen.number([bytes.fromhex(id_) for id_ in ids])
        return [id_ for id_, number in zip(ids, numbers, strict=True) if number == 1]


def stored_at(session: Session, events: Sequence[NewEvent]) -> dict[str, datetime]:
    """The times of those of these events that are in the database, by id."""
    at = sa.select(Event.id, Event.occurred_at)
    found: dict[str, datetime] = {}
    for start in range(0, len(events), _KEYS):
        some = events[start : start + _KEYS]
        keys = [(uuid.UUID(event.customer_id), uuid.UUID(event.id)) for event in some]
        rows = session.execute(at.where(sa.tuple_(Event.customer_id, Event.id).in_(keys)))
        found |= {event_id.hex: moment for event_id, moment in rows}
    return found


def _known(session: Session, customer_ids: set[str]) -> set[str]:
    ids = [*map(uuid.UUID, customer_ids)]
    known: set[str] = set()
    for start in range(0, len(ids), _KEYS):
        there = sa.select(Customer.id).where(Customer.id.in_(ids[start : start + _KEYS]))
        known.update(id_.hex for id_ in session.scalars(there))
    return known
