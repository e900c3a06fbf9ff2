"""Ingest: an event and its customer are stored together, once per idempotency key."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.incoming import NewEvent, as_object, parse
from pipeline.models import Activity, Customer, Event
from pipeline.sql import (
    Insert,
    Json,
    Timestamp,
    greatest,
    insert,
    json_rows,
    kind_of,
    least,
    timestamp_text,
)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one event; for a key seen before, `event_id` is the first event's."""

    created: bool
    event_id: uuid.UUID
    customer_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Rejected:
    """The item at `index` (from 0) was refused, and why."""

    index: int
    error: str


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many of a batch were stored, how many were there already, and the refused ones."""

    created: int
    duplicates: int
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class Stored:
    """The ids (in hex) of the events that were new, and how many customers were."""

    event_ids: frozenset[str]
    new_customers: int


def ingest(session: Session, fields: object, *, key: object = None, now: datetime) -> Ingested:
    """Store one event, with its customer, unless `key` was seen for that customer before.

    `fields` are those of `POST /api/events`; raises Invalid with the contract's sentences.
    """
    event = parse(fields, key=key, now=now)
    stored = store(session, [event], now=now)
    return Ingested(event.id.hex in stored.event_ids, event.id, event.customer_id)


def ingest_many(session: Session, items: Sequence[object], *, now: datetime) -> BatchResult:
    """Store the good ones of many events, each with an optional `idempotencyKey`."""
    events: list[NewEvent] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items):
        try:
            events.append(parse(item, key=as_object(item).get("idempotencyKey"), now=now))
        except Invalid as error:
            rejected.append(Rejected(index, str(error)))
    created = len(store(session, events, now=now).event_ids)
    return BatchResult(created, len(events) - created, rejected)


def store(session: Session, events: Sequence[NewEvent], *, now: datetime) -> Stored:
    """Store those events whose key is new, their customers and their part of `activity`."""
    # Of two with one key the first counts, as it would in two calls.
    unique = {event.id: event for event in reversed(events)}
    if not unique:
        return Stored(frozenset(), 0)
    store_rows = _store_in_one if kind_of(session) == "postgresql" else _store_in_three
    return store_rows(session, {"rows": _rows_json(unique.values()), "now": now})


# ------------------------------------------------------------------------------------- statements
def _store_in_one(session: Session, values: dict[str, object]) -> Stored:
    # One round trip: a single event's latency is made of them.
    found = session.execute(_one_statement(), values).all()
    return Stored(frozenset(row.id for row in found), found[0].people if found else 0)


def _store_in_three(session: Session, values: dict[str, object]) -> Stored:
    # SQLite has no INSERT inside a CTE: what was stored goes back in as JSON to be counted.
    people, events, activity = _three_statements()
    new_customers = len(session.execute(people, values).all())
    stored = session.execute(events, values).all()
    session.execute(activity, {"rows": exact_json.dumps([tuple(row) for row in stored])})
    return Stored(frozenset(row.id for row in stored), new_customers)


@cache
def _one_statement() -> sa.Select[Any]:
    incoming = json_rows("postgresql", _INCOMING).cte("incoming")
    people = _new_customers("postgresql", incoming).returning(Customer.id).cte("people")
    new_customers = sa.select(sa.func.count()).select_from(people).scalar_subquery()
    # Always true. Asking for the number makes PostgreSQL write all customers before any event.
    after_people = new_customers >= 0
    events = _new_events("postgresql", incoming, after_people).returning(*_STORED)
    stored = events.cte("stored")
    counted = _count("postgresql", stored).returning(Activity.customer_id).cte("counted")
    # As text: a bulk load has no use for half a million UUID objects.
    hex_id = sa.func.replace(sa.cast(stored.c.id, sa.String), "-", "").label("id")
    return sa.select(hex_id, new_customers.label("people")).add_cte(counted)


@cache
def _three_statements() -> tuple[sa.Executable, sa.Executable, Insert]:
    incoming = json_rows("sqlite", _INCOMING).cte("incoming")
    stored = json_rows("sqlite", {column.name: column.type for column in _STORED}).cte("stored")
    as_text = (sa.type_coerce(column, sa.String).label(column.name) for column in _STORED)
    return (
        _new_customers("sqlite", incoming).returning(Customer.id),
        _new_events("sqlite", incoming).returning(*as_text),
        _count("sqlite", stored),
    )


_NOW = sa.bindparam("now", type_=Timestamp())
_STORED = (Event.customer_id, Event.id, Event.type, Event.occurred_at)
_INCOMING: dict[str, sa.types.TypeEngine[Any]] = {
    "customer_id": sa.Uuid(),
    "email": sa.String(),
    "id": sa.Uuid(),
    "type": sa.String(),
    "properties": Json,
    "occurred_at": Timestamp(),
    "idempotency_key": sa.String(),
}


def _rows_json(events: Iterable[NewEvent]) -> str:
    return exact_json.dumps(
        [
            (
                event.customer_id.hex,
                event.email,
                event.id.hex,
                event.type,
                event.properties,
                timestamp_text(event.occurred_at),
                event.idempotency_key,
            )
            for event in events
        ]
    )


# Rows are written in the order of their keys, so that writers that meet never wait in a circle.
def _new_customers(kind: str, incoming: sa.CTE) -> Insert:
    rows = incoming.c
    people = sa.select(rows.customer_id, rows.email, _NOW, _NOW).distinct()
    return (
        insert(kind, Customer)
        .from_select(["id", "email", "created_at", "updated_at"], people.order_by(rows.customer_id))
        .on_conflict_do_nothing()
    )


def _new_events(kind: str, incoming: sa.CTE, *conditions: sa.ColumnElement[bool]) -> Insert:
    columns = [incoming.c[name] for name in _INCOMING if name != "email"]
    events = sa.select(*columns, _NOW).where(*conditions)
    events = events.order_by(incoming.c.customer_id, incoming.c.id)
    names = [*(column.name for column in columns), "created_at"]
    return insert(kind, Event).from_select(names, events).on_conflict_do_nothing()


def _count(kind: str, stored: sa.CTE) -> Insert:
    key = (stored.c.customer_id, stored.c.type)
    at = stored.c.occurred_at
    rows = sa.select(*key, sa.func.count(), sa.func.min(at), sa.func.max(at)).group_by(*key)
    names = ["customer_id", "type", "event_count", "first_at", "last_at"]
    count = insert(kind, Activity).from_select(names, rows.order_by(*key))
    return count.on_conflict_do_update(
        index_elements=[Activity.customer_id, Activity.type],
        set_={
            "event_count": Activity.event_count + count.excluded.event_count,
            "first_at": least(Activity.first_at, count.excluded.first_at),
            "last_at": greatest(Activity.last_at, count.excluded.last_at),
        },
    )
