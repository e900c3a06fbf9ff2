"""The newest events of all customers. Cost follows the number of event types."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline import exact_json
from pipeline.catalogue import distinct_types
from pipeline.models import Customer, Event
from pipeline.sql import json_rows, kind_of


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """An event, and whose it is."""

    customer_id: uuid.UUID
    email: str
    type: str
    occurred_at: datetime


def newest_events(session: Session, limit: int) -> list[RecentEvent]:
    """The newest `limit` events, newest first."""
    types, since = _nth_newest(session, limit)
    query = (
        sa.select(Event.customer_id, Customer.email, Event.type, Event.occurred_at)
        .join(Customer, Customer.id == Event.customer_id)
        .where(Event.type.in_(types))
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(Event.occurred_at >= since)
    return [RecentEvent(*row) for row in session.execute(query)]


def newest_at(session: Session, types: Sequence[str]) -> datetime | None:
    """When the newest event of any of these types happened."""
    rows = exact_json.dumps([[name] for name in types])
    found = session.execute(_newest_of_each(kind_of(session)), {"rows": rows})
    return max((moment for _, moment in found if moment), default=None)


def _newest_of_each(kind: str) -> sa.Select[str, datetime | None]:
    each = json_rows(kind, {"type": sa.String()}).cte("each").c
    newest = sa.select(Event.occurred_at).where(Event.type == each.type)
    newest = newest.order_by(Event.occurred_at.desc()).limit(1)
    return sa.select(each.type, newest.scalar_subquery())


def _nth_newest(session: Session, limit: int) -> tuple[Sequence[str], datetime | None]:
    """All types, and a moment since which there are `limit` events: the latest n-th of any type.

    No index has the times of all types together; with this each type's own is read from its end.
    """
    types = distinct_types()
    theirs = aliased(Event)
    nth = (
        sa.select(theirs.occurred_at)
        .where(theirs.type == types.c.type)
        .order_by(theirs.occurred_at.desc())
        .limit(1)
        .offset(limit - 1)
    )
    rows = session.execute(sa.select(types.c.type, nth.scalar_subquery())).all()
    moments = [moment for _, moment in rows if moment is not None]
    return [name for name, _ in rows], max(moments, default=None)
