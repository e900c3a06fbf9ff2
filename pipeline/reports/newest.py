"""The newest events of all customers. Cost follows the number of event types."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline.catalogue import distinct_types
from pipeline.models import Customer, Event


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """An event, and whose it is."""

    customer_id: uuid.UUID
    email: str
    type: str
    occurred_at: datetime


def newest_events(session: Session, limit: int) -> list[RecentEvent]:
    """The newest `limit` events, newest first."""
    types, since = _since(session, limit)
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


def newest_by_type(session: Session) -> dict[str, datetime]:
    """When the newest event of each type happened; the type of the newest of all comes first."""
    found = [(name, moment) for name, moment in session.execute(_nth_newest(1)) if moment]
    return dict(sorted(found, key=lambda each: each[1], reverse=True))


def _since(session: Session, limit: int) -> tuple[Sequence[str], datetime | None]:
    """All types, and a moment since which there are `limit` events: the latest n-th of any type.

    No index has the times of all types together; with this each type's own is read from its end.
    """
    rows = session.execute(_nth_newest(limit)).all()
    moments = [moment for _, moment in rows if moment is not None]
    return [name for name, _ in rows], max(moments, default=None)


def _nth_newest(n: int) -> sa.Select[str, datetime | None]:
    """Each type, and the moment of its n-th newest event, if it has so many."""
    types = distinct_types()
    theirs = aliased(Event)
    nth = (
        sa.select(theirs.occurred_at)
        .where(theirs.type == types.c.type)
        .order_by(theirs.occurred_at.desc())
        .limit(1)
        .offset(n - 1)
    )
    return sa.select(types.c.type, nth.scalar_subquery())
