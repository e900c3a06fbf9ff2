"""Customers, so many of them at a time."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Customer

#: How many of them.
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Range:
    """Customers by id: after the one, up to and with the other; None has no bound."""

    after: uuid.UUID | None
    last: uuid.UUID | None

    def holds(self, column: sa.ColumnElement[uuid.UUID]) -> sa.ColumnElement[bool]:
        """The condition that an id is in the range."""
        lower = sa.true() if self.after is None else column > self.after
        upper = sa.true() if self.last is None else column <= self.last
        return sa.and_(lower, upper)


EVERYBODY = Range(None, None)


def some(session: Session) -> list[Range]:
    """A chunk of customers from anyone on, and from the first again after the last one."""
    anyone = uuid.uuid4()
    after = _next(session, anyone)
    if after.last is not None:
        return [after]
    last = _next(session, None).last
    return [after, Range(None, anyone if last is None else min(last, anyone))]


def _next(session: Session, after: uuid.UUID | None) -> Range:
    ids = sa.select(Customer.id).where(Range(after, None).holds(Customer.id.expression))
    last = session.scalars(ids.order_by(Customer.id).offset(CHUNK - 1).limit(1)).one_or_none()
    return Range(after, last)


def everybody(session: Session, after: uuid.UUID | None = None) -> Iterator[Range]:
    """All customers after one, a chunk at a time; the last range takes those who come later."""
    rest = Range(after, None).holds(Customer.id.expression)
    numbered = (
        sa.select(Customer.id, sa.func.row_number().over(order_by=Customer.id).label("number"))
        .where(rest)
        .subquery()
    )
    ends = sa.select(numbered.c.id).where(numbered.c.number % CHUNK == 0).order_by(numbered.c.id)
    for last in session.scalars(ends):
        yield Range(after, last)
        after = last
    yield Range(after, None)
