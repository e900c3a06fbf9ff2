"""The segments that one customer is in. Cost follows the segments looked at and their events."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.definitions import Unreadable, segment_rule
from pipeline.errors import Invalid
from pipeline.models import PROFILES, Customer, Event, Segment
from pipeline.rules import Rule
from pipeline.segments import matches
from pipeline.segments.references import length, resolve
from pipeline.sql import only_of

# Characters of definitions that one statement asks about: the time in which SQLite gets ready for
# one grows with its square, and so many conditions have fewer values than a statement can.
_LENGTH_AT_ONCE = 4_000


@dataclass(frozen=True, slots=True)
class Memberships:
    """The segments that a customer is in, of the `looked_at` that were looked at, of `total`.

    Those whose rule cannot be read are not looked at.
    """

    segments: list[Segment]
    looked_at: int
    total: int


def memberships(
    session: Session, customer_id: uuid.UUID, limit: int, *, now: datetime
) -> Memberships:
    """Which of the `limit` segments that were changed last a customer is in at `now`."""
    total = session.scalars(sa.select(sa.func.count()).select_from(Segment)).one()
    newest = sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id).limit(limit)
    rules = {each: rule for each in session.scalars(newest) if (rule := _rule(session, each))}
    verdicts = [
        is_in
        for some in _some_at_once([*rules.values()])
        for is_in in _verdicts(session, customer_id, some, now)
    ]
    return Memberships(
        [segment for segment, is_in in zip(rules, verdicts, strict=True) if is_in],
        len(rules),
        total,
    )


def _rule(session: Session, segment: Segment) -> Rule | None:
    try:
        return resolve(session, segment_rule(segment))
    except (Invalid, Unreadable):
        return None


def _some_at_once(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    some: list[Rule] = []
    room = _LENGTH_AT_ONCE
    for rule in rules:
        some.append(rule)
        room -= length(rule)
        if room <= 0:
            yield some
            some, room = [], _LENGTH_AT_ONCE
    if some:
        yield some


def _verdicts(
    session: Session, customer_id: uuid.UUID, rules: Sequence[Rule], now: datetime
) -> Sequence[bool]:
    conditions = (matches(session, rule, now).label(f"in_{n}") for n, rule in enumerate(rules))
    query = sa.select(Customer.id, *conditions).where(Customer.id == customer_id)
    # The conditions that hold for everybody, on one customer's rows: else each of them would be
    # worked out for all customers.
    alone = query.add_cte(*only_of(session, customer_id, Event, *PROFILES))
    for _, *verdicts in session.execute(alone):
        return verdicts
    return [False] * len(rules)
