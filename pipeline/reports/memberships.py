"""The segments that one customer is in. Cost follows the segments looked at and their events."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import PROFILES, Customer, Event, Segment
from pipeline.references import resolve
from pipeline.rules import parse
from pipeline.segments import matches
from pipeline.sql import only_of


@dataclass(frozen=True, slots=True)
class Memberships:
    """The segments that a customer is in, of the `looked_at` that were looked at, of `total`."""

    segments: list[Segment]
    looked_at: int
    total: int


def memberships(
    session: Session, customer_id: uuid.UUID, limit: int, *, now: datetime
) -> Memberships:
    """Which of the `limit` segments that were changed last a customer is in at `now`."""
    total = session.scalars(sa.select(sa.func.count()).select_from(Segment)).one()
    newest = sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id).limit(limit)
    segments = session.scalars(newest).all()
    verdicts = _verdicts(session, customer_id, segments, now)
    return Memberships(
        [segment for segment, is_in in zip(segments, verdicts, strict=True) if is_in],
        len(segments),
        total,
    )


def _verdicts(
    session: Session, customer_id: uuid.UUID, segments: Sequence[Segment], now: datetime
) -> Sequence[bool]:
    rules = (resolve(session, parse(segment.definition)) for segment in segments)
    conditions = (matches(session, rule, now).label(f"in_{n}") for n, rule in enumerate(rules))
    query = sa.select(Customer.id, *conditions).where(Customer.id == customer_id)
    # The conditions that hold for everybody, on one customer's rows: else each of them would be
    # worked out for all customers.
    alone = query.add_cte(*only_of(session, customer_id, Event, *PROFILES))
    for _, *verdicts in session.execute(alone):
        return verdicts
    return [False] * len(segments)
