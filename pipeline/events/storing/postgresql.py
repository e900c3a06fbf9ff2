"""Storing on PostgreSQL: one statement, which spares round trips."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.events.incoming import NewEvent, unique
from pipeline.events.packing import Packed, pack
from pipeline.events.storing.profiles import COUNTED, add_to
from pipeline.events.storing.stored import Stored
from pipeline.models import PROFILES, Customer, CustomerActivity, Event, TrackedProperty
from pipeline.sql import Insert, Json, Timestamp, copy_into, insert, json_rows, prepared

#: Rows from which on COPY into a temporary table is quicker than one JSON parameter, which takes
#: half as much again of the server's time but no round trip.
_BULK = 1_000
_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION = "23505", "23503"
_NOW = sa.bindparam("now", type_=Timestamp())
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


def store(session: Session, events: Sequence[NewEvent], now: datetime) -> Stored:
    """Store those events whose key is new."""
    if len(events) >= _BULK:
        return store_packed(session, pack(events), now)
    rows = exact_json.dumps([*unique(events).values()])
    return Stored(*prepared(session, _counting(), {"rows": rows, "now": now}).one())


def store_packed(session: Session, events: Packed, now: datetime) -> Stored:
    """As `store`, with events that were packed."""
    copy_into(session, _TEMPORARY, events)
    stored = _store_copied(session, now)
    _TEMPORARY.drop(session.connection())  # for the next ones in this transaction
    return stored


def store_naming(session: Session, events: Sequence[NewEvent], now: datetime) -> Iterable[str]:
    """As `store`, with events of different keys; gives the new ones' ids."""
    rows = exact_json.dumps(events)
    return (hex_id for (hex_id,) in prepared(session, _naming(), {"rows": rows, "now": now}))


def _store_copied(session: Session, now: datetime) -> Stored:
    try:
        with session.begin_nested():
            return Stored(*session.execute(_counting_in_bulk(), {"now": now}).one())
    except sa.exc.IntegrityError as error:
        if getattr(error.orig, "pgcode", None) not in (_UNIQUE_VIOLATION, _FOREIGN_KEY_VIOLATION):
            raise
    session.execute(_keeping_customers())
    return Stored(*session.execute(_counting_new_in_bulk(), {"now": now}).one())


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
    found = events.returning(Event.id, *COUNTED, _looked_into()).cte("stored")
    # PostgreSQL begins with the last: as who erases a customer does, so that they never wait in a
    # circle, and with the one row that all writers of a customer share.
    profiles = (
        add_to("postgresql", table, found)
        .returning(table.customer_id)
        .cte(f"new_{table.__tablename__}")
        for table in reversed(PROFILES)
    )
    return found, people, [*profiles]


def _looked_into() -> sa.ColumnElement[Any]:
    """The properties of an event, if any of them are tracked: they may be long."""
    tracks = sa.exists(sa.select(TrackedProperty.id))
    return sa.case((tracks, Event.properties)).label("properties")


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
