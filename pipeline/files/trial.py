"""A dry run: what storing would do, found out without storing."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.events.incoming import NewEvent
from pipeline.events.packing import Packed, unpack
from pipeline.events.storing import Stored
from pipeline.files.occurrences import Occurrences
from pipeline.models import Customer, Event
from pipeline.sql import json_rows, kind_of

# By its position a row is told without making an id of it.
_CUSTOMER: dict[str, sa.types.TypeEngine[Any]] = {"position": sa.Integer(), "id": sa.Uuid()}
_EVENT = {**_CUSTOMER, "customer_id": sa.Uuid()}


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
    keys = [(position, event.id, event.customer_id) for position, event in enumerate(events)]
    found = session.execute(_times(kind_of(session)), {"rows": json.dumps(keys)})
    return {events[position].id: moment for position, moment in found if moment}


# In both, a look at the primary key for each, whatever the database thinks of the tables.
@cache
def _times(kind: str) -> sa.Select[Any]:
    key = json_rows(kind, _EVENT).cte("key").c
    at = sa.select(Event.occurred_at).where(
        Event.customer_id == key.customer_id, Event.id == key.id
    )
    return sa.select(key.position, at.scalar_subquery())


@cache
def _customers(kind: str) -> sa.Select[Any]:
    key = json_rows(kind, _CUSTOMER).cte("key").c
    there = sa.select(Customer.id).where(Customer.id == key.id)
    return sa.select(key.position, there.scalar_subquery().is_not(None))


def _known(session: Session, customer_ids: Iterable[str]) -> set[str]:
    ids = [*customer_ids]
    found = session.execute(_customers(kind_of(session)), {"rows": json.dumps([*enumerate(ids)])})
    return {ids[position] for position, is_there in found if is_there}
