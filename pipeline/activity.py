"""`activity` recomputed from the events that it counts: compared with them, or written anew."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.models import Activity, Customer, Event
from pipeline.progress import Progress, silent
from pipeline.sql import insert, kind_of, newest_of

_CHUNK = 1_000

_Select = sa.Select[*tuple[Any, ...]]
_COLUMNS = (
    Activity.customer_id,
    Activity.type,
    Activity.event_count,
    Activity.first_at,
    Activity.last_at,
    Activity.newest_at,
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many customers were gone through, and how many rows of `activity` were wrong."""

    customers: int
    wrong: int


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


def disagreements(session: Session, customers: Range = EVERYBODY) -> int:
    """In how many rows `activity` and the events of these customers disagree."""
    written = sa.select(*_COLUMNS).where(customers.holds(Activity.customer_id.expression))
    computed = _computed(customers)
    # A row that is wrong is in both differences, one that is missing or too many in one.
    keys = sa.union(_keys_in_one(written, computed), _keys_in_one(computed, written)).subquery()
    return session.scalars(sa.select(sa.func.count()).select_from(keys)).one()


def _keys_in_one(these: _Select, those: _Select) -> _Select:
    rows = sa.except_(these, those).subquery()
    return sa.select(rows.c.customer_id, rows.c.type)


def rebuild(database: Database, *, on_progress: Progress = silent) -> Rebuilt:
    """Write all of `activity` anew from the events, some customers and a transaction at a time.

    Ingest goes on meanwhile: writers wait for customers while they are mended, no longer.
    Interrupted and started again it begins from the first, and finds what it has done right.
    """
    with database.read() as session:
        ranges = list(everybody(session))
        total = session.scalars(sa.select(sa.func.count()).select_from(Customer)).one()
    wrong = done = 0
    for customers in ranges:
        wrong += database.transact(partial(_rebuild, customers=customers))
        done = min(done + _CHUNK, total)
        on_progress(done, total)
    return Rebuilt(total, wrong)


def _rebuild(session: Session, customers: Range) -> int:
    if not disagreements(session, customers):
        return 0
    # Who stores an event holds a lock on its customer until the commit: whoever has not committed
    # is waited for here, and whoever comes later waits and adds to what is written here.
    theirs = customers.holds(Customer.id.expression)
    lock = sa.select(Customer.id).where(theirs).order_by(Customer.id).with_for_update()
    session.execute(lock).all()
    wrong = disagreements(session, customers)
    session.execute(sa.delete(Activity).where(customers.holds(Activity.customer_id.expression)))
    names = [column.key for column in _COLUMNS]
    write = insert(kind_of(session), Activity).from_select(names, _computed(customers))
    # Who became a customer since the deletion has brought their own rows, which are right.
    session.execute(write.on_conflict_do_nothing())
    return wrong


def _computed(customers: Range) -> _Select:
    at = Event.occurred_at
    # An event whose customer is not there, as an outside tool can leave it behind, has no profile.
    known = sa.select(Customer.id).where(customers.holds(Customer.id.expression))
    figures = (sa.func.count(), sa.func.min(at), sa.func.max(at), newest_of(at))
    return (
        sa.select(Event.customer_id, Event.type, *figures)
        .where(customers.holds(Event.customer_id.expression), Event.customer_id.in_(known))
        .group_by(Event.customer_id, Event.type)
    )


def some(session: Session, number: int = _CHUNK) -> list[Range]:
    """So many customers from anyone on, and from the first again after the last one."""
    anyone = uuid.uuid4()
    after = _next(session, anyone, number)
    if after.last is not None:
        return [after]
    last = _next(session, None, number).last
    return [after, Range(None, anyone if last is None else min(last, anyone))]


def _next(session: Session, after: uuid.UUID | None, number: int) -> Range:
    ids = sa.select(Customer.id).where(Range(after, None).holds(Customer.id.expression))
    last = session.scalars(ids.order_by(Customer.id).offset(number - 1).limit(1)).one_or_none()
    return Range(after, last)


def everybody(session: Session) -> Iterator[Range]:
    """All customers, a chunk at a time; the last range takes those who come later."""
    numbered = sa.select(
        Customer.id, sa.func.row_number().over(order_by=Customer.id).label("number")
    ).subquery()
    ends = sa.select(numbered.c.id).where(numbered.c.number % _CHUNK == 0).order_by(numbered.c.id)
    after = None
    for last in session.scalars(ends):
        yield Range(after, last)
        after = last
    yield Range(after, None)
