"""Storing events with their customers and their part of the profiles.

PostgreSQL does it in one statement, which spares round trips; SQLite, which has none, is spared
everything but plain inserts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.activity import FIGURES, by_customer, by_type, by_value
from pipeline.incoming import NewEvent
from pipeline.models import (
    PROFILES,
    Activity,
    AnyActivity,
    Customer,
    CustomerActivity,
    Event,
    PropertyActivity,
    TrackedProperty,
)
from pipeline.packing import Packed, pack, unpack
from pipeline.sql import (
    Insert,
    Json,
    Timestamp,
    copy_into,
    greatest,
    insert,
    insert_new,
    json_rows,
    kind_of,
    least,
    newest_of_both,
    prepared,
    timestamp_text,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """How many events were new, and how many customers."""

    events: int
    new_customers: int


def store(session: Session, events: Sequence[NewEvent], *, now: datetime) -> Stored:
    """Store those events whose key is new, their customers and their part of the profiles."""
    if kind_of(session) == "sqlite":
        return _store_in_parts(session, events, now, _before(session))
    if len(events) >= _BULK:
        return store_packed(session, pack(events), now=now)
    rows = exact_json.dumps([*_unique(events).values()])
    return Stored(*prepared(session, _counting(), {"rows": rows, "now": now}).one())


def store_packed(session: Session, events: Packed, *, now: datetime) -> Stored:
    """As `store`, with events that were packed, perhaps by another process."""
    if kind_of(session) == "sqlite":
        return _store_in_parts(session, unpack(events), now, _before(session))
    copy_into(session, _TEMPORARY, events)
    stored = _store_copied(session, now)
    _TEMPORARY.drop(session.connection())  # for the next ones in this transaction
    return stored


def store_each(session: Session, events: Sequence[NewEvent], *, now: datetime) -> list[bool]:
    """Store some events as `store` does; for each in turn, whether it was new."""
    unique = _unique(events)
    new_ids = _store_on_sqlite if kind_of(session) == "sqlite" else _store_on_postgresql
    new = set(new_ids(session, list(unique.values()), now))
    return [event.id in new and unique[event.id] is event for event in events]


def _unique(events: Iterable[NewEvent]) -> dict[str, NewEvent]:
    unique: dict[str, NewEvent] = {}
    for event in events:  # of two with one key the first counts, as it would in two calls
        unique.setdefault(event.id, event)
    return unique


# ----------------------------------------------------------------------------------- PostgreSQL
def _store_copied(session: Session, now: datetime) -> Stored:
    try:
        with session.begin_nested():
            return Stored(*session.execute(_counting_in_bulk(), {"now": now}).one())
    except sa.exc.IntegrityError as error:
        if getattr(error.orig, "pgcode", None) not in (_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION):
            raise
    session.execute(_keeping_customers())
    return Stored(*session.execute(_counting_new_in_bulk(), {"now": now}).one())


def _store_on_postgresql(
    session: Session, events: Sequence[NewEvent], now: datetime
) -> Iterable[str]:
    rows = exact_json.dumps(events)
    return (hex_id for (hex_id,) in prepared(session, _naming(), {"rows": rows, "now": now}))


@cache
def _naming() -> sa.Select[Any]:
    """One statement that stores the events of a JSON parameter, and gives the new ones' ids."""
    stored, _, profiles = _storing(json_rows("postgresql", _INCOMING))
    hex_id = sa.func.replace(sa.cast(stored.c.id, sa.String), "-", "")
    return sa.select(hex_id).add_cte(*profiles)


@cache
def _counting() -> sa.Select[Any]:
    """As `_naming`, but counts the new events and customers."""
    return _numbers(json_rows("postgresql", _INCOMING))


@cache
def _counting_in_bulk() -> sa.Select[Any]:
    """As `_counting`, with the events of the temporary table; fails if one is stored already.

    Most files hold nothing but new events, and not to look each of them up first takes three
    quarters of the time.
    """
    return _numbers(sa.select(_TEMPORARY), are_new=True)


@cache
def _keeping_customers() -> sa.Select[Any]:
    """Keep the customers of the temporary table from being erased until the transaction ends.

    Storing many events takes long enough for somebody to be erased meanwhile, again and again. Who
    erases a customer begins with this row of theirs.
    """
    theirs = CustomerActivity.customer_id.in_(sa.select(_TEMPORARY.c.customer_id))
    rows = sa.select(CustomerActivity.customer_id).where(theirs)
    held = rows.order_by(CustomerActivity.customer_id).with_for_update()
    return sa.select(sa.func.count()).select_from(held.subquery())


@cache
def _counting_new_in_bulk() -> sa.Select[Any]:
    """As `_counting_in_bulk`, but passes over events that are stored already."""
    return _numbers(sa.select(_TEMPORARY))


def _numbers(incoming: sa.Select[Any], *, are_new: bool = False) -> sa.Select[Any]:
    stored, people, profiles = _storing(incoming, are_new=are_new)
    numbers = (
        sa.select(sa.func.count()).select_from(rows).scalar_subquery() for rows in (stored, people)
    )
    return sa.select(*numbers).add_cte(*profiles)


def _storing(
    incoming: sa.Select[Any], *, are_new: bool = False
) -> tuple[sa.CTE, sa.CTE, list[sa.CTE]]:
    """What stores the events, their customers, and their part of the profiles."""
    rows = incoming.cte("rows")
    people = _new_customers(rows).returning(Customer.id).cte("people")
    # Always true. Asking for the number makes PostgreSQL write all customers before any event.
    after_people = sa.select(sa.func.count()).select_from(people).scalar_subquery() >= 0
    events = _events(rows, after_people)
    if not are_new:
        # The same key has the same id. But asked about one of their indexes alone, PostgreSQL
        # raises an error for the other when another writer stores the event at the same moment.
        events = events.on_conflict_do_nothing()
    found = events.returning(Event.id, *_COUNTED, _looked_into()).cte("stored")
    # PostgreSQL begins with the last: as who erases a customer does, so that they never wait in a
    # circle, and with the one row that all writers of a customer share.
    profiles = (
        _ADD_TO[table]("postgresql", found)
        .returning(table.customer_id)
        .cte(f"new_{table.__tablename__}")
        for table in reversed(PROFILES)
    )
    return found, people, [*profiles]


def _looked_into() -> sa.ColumnElement[Any]:
    """The properties of an event, if any of them are tracked: they may be long."""
    tracks = sa.exists(sa.select(TrackedProperty.id))
    return sa.case((tracks, Event.properties)).label("properties")


#: Rows from which on COPY into a temporary table is quicker than one JSON parameter, which takes
#: half as much again of the server's time but no round trip.
_BULK = 1_000
_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION = "23505", "23503"
_NOW = sa.bindparam("now", type_=Timestamp())
_COUNTED = (Event.customer_id, Event.type, Event.occurred_at)
_INCOMING: dict[str, sa.types.TypeEngine[Any]] = {
    "customer_id": sa.Uuid(),
    "email": sa.String(),
    "id": sa.Uuid(),
    "type": sa.String(),
    "properties": Json,
    "occurred_at": Timestamp(),
    "idempotency_key": sa.String(),
}


_TEMPORARY = sa.Table(
    "incoming",
    sa.MetaData(),
    *(sa.Column(name, type_) for name, type_ in _INCOMING.items()),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


# Rows are written in the order of their keys, so that writers that meet never wait in a circle.
def _new_customers(incoming: sa.CTE) -> Insert:
    rows = incoming.c
    people = sa.select(rows.customer_id, rows.email, _NOW, _NOW).distinct()
    return (
        insert("postgresql", Customer)
        .from_select(["id", "email", "created_at", "updated_at"], people.order_by(rows.customer_id))
        .on_conflict_do_nothing()
    )


def _events(incoming: sa.CTE, *conditions: sa.ColumnElement[bool]) -> Insert:
    columns = [incoming.c[name] for name in _INCOMING if name != "email"]
    events = sa.select(*columns, _NOW).where(*conditions)
    events = events.order_by(incoming.c.customer_id, incoming.c.id)
    names = [*(column.name for column in columns), "created_at"]
    return insert("postgresql", Event).from_select(names, events)


# ---------------------------------------------------------------------------------------- SQLite
class _Before(NamedTuple):
    """The last row of events before some are stored, and whether any properties are tracked."""

    last: int
    tracks: bool


def _store_on_sqlite(session: Session, events: Sequence[NewEvent], now: datetime) -> Iterable[str]:
    before = _before(session)
    _store_in_parts(session, events, now, before)
    return session.scalars(_new_ids(), {"last": before.last})


def _store_in_parts(
    session: Session, events: Iterable[NewEvent], now: datetime, before: _Before
) -> Stored:
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
    stored = sa.select(*_COUNTED, Event.properties).where(_JUST_STORED)
    return _ADD_TO[table]("sqlite", stored.cte("stored"))


@cache
def _new_ids() -> sa.Select[Any]:
    return sa.select(sa.type_coerce(Event.id, sa.String)).where(_JUST_STORED)


# ------------------------------------------------------------------------------------------ both
def _add_by_customer(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, CustomerActivity, by_customer(stored.c))


def _add_by_type(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, Activity, by_type(stored.c))


def _add_by_value(kind: str, stored: sa.CTE) -> Insert:
    return _add(kind, PropertyActivity, by_value(stored.c, TrackedProperty.status != "removing"))


_ADD_TO: dict[type[AnyActivity], Callable[[str, sa.CTE], Insert]] = {
    CustomerActivity: _add_by_customer,
    Activity: _add_by_type,
    PropertyActivity: _add_by_value,
}


def _add(kind: str, table: type[AnyActivity], rows: sa.Select[*tuple[Any, ...]]) -> Insert:
    key = [column.name for column in table.__mapper__.primary_key]
    in_order = rows.order_by(*[*rows.selected_columns][: len(key)])
    add = insert(kind, table).from_select([*key, *FIGURES], in_order)
    return add.on_conflict_do_update(
        index_elements=key,
        set_={
            "event_count": table.event_count + add.excluded.event_count,
            "first_at": least(table.first_at, add.excluded.first_at),
            "last_at": greatest(table.last_at, add.excluded.last_at),
            "newest_at": newest_of_both(table.newest_at, add.excluded.newest_at),
        },
    )
