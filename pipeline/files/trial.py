"""A dry run: what storing would do, found out without storing."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.events import Stored
from pipeline.files.occurrences import Occurrences
from pipeline.incoming import NewEvent
from pipeline.models import Customer, Event


class Trial:
    """Answers as storing would; `seen` tells what earlier calls would have stored."""

    def __init__(self, database: Database, seen: Occurrences) -> None:
        self._database = database
        self._seen = seen

    def __call__(self, events: Sequence[NewEvent]) -> Stored:
        """Which of these events, and how many of their customers, would be new."""
        keys = {event.id: event.customer_id for event in events}
        with self._database.read() as session:
            events_there = stored_at(session, events)
            customers_there = _known(session, set(keys.values()))
        new = self._first_seen(id_ for id_ in keys if id_ not in events_there)
        customers = {keys[id_] for id_ in new} - customers_there
        return Stored(frozenset(new), len(self._first_seen(customers)))

    def _first_seen(self, ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
        ids = list(ids)
        numbers = self._seen.number([id_.hex for id_ in ids])
        return [id_ for id_, number in zip(ids, numbers, strict=True) if number == 1]


def stored_at(session: Session, events: Sequence[NewEvent]) -> dict[uuid.UUID, datetime]:
    """The times of those of these events that are in the database, by id."""
    keys = [(event.customer_id, event.id) for event in events]
    at = sa.select(Event.id, Event.occurred_at)
    found = session.execute(at.where(sa.tuple_(Event.customer_id, Event.id).in_(keys)))
    return {event_id: moment for event_id, moment in found}  # noqa: C416 - a Result has keys()


def _known(session: Session, customer_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    return set(session.scalars(sa.select(Customer.id).where(Customer.id.in_(customer_ids))))
