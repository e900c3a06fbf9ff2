"""Ingest: an event and its customer are stored together, once per idempotency key."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.errors import Invalid
from pipeline.events.incoming import NewEvent, as_object, parse
from pipeline.events.storing import store, store_each


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
class Batch:
    """The good ones of many events, and the refused ones."""

    events: list[NewEvent]
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many of a batch were stored, how many were there already, and the refused ones."""

    created: int
    duplicates: int
    rejected: list[Rejected]


def ingest(session: Session, fields: object, *, key: object = None, now: datetime) -> Ingested:
    """Store one event, with its customer, unless `key` was seen for that customer before.

    `fields` are those of `POST /api/events`; raises Invalid with the contract's sentences.
    """
    event = parse(fields, key=key, now=now)
    (created,) = store_each(session, [event], now=now)
    return ingested(event, created)


def ingested(event: NewEvent, created: bool) -> Ingested:
    """What became of an event that was stored, or was there already."""
    return Ingested(created, uuid.UUID(event.id), uuid.UUID(event.customer_id))


def ingest_many(session: Session, items: Sequence[object], *, now: datetime) -> BatchResult:
    """Store the good ones of many events, each with an optional `idempotencyKey`."""
    return store_many(session, parse_many(items, now=now), now=now)


def parse_many(items: Sequence[object], *, now: datetime) -> Batch:
    """The first half of `ingest_many`, which takes as long as the other and no transaction."""
    events: list[NewEvent] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(items):
        try:
            events.append(parse(item, key=as_object(item).get("idempotencyKey"), now=now))
        except Invalid as error:
            rejected.append(Rejected(index, str(error)))
    return Batch(events, rejected)


def store_many(session: Session, batch: Batch, *, now: datetime) -> BatchResult:
    """The second half of `ingest_many`."""
    created = store(session, batch.events, now=now).events
    return BatchResult(created, len(batch.events) - created, batch.rejected)
