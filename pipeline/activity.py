"""The profiles recomputed from the events that they count: compared with them, or written anew.

These are `activity`, and `property_activity` for the properties that are tracked.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.models import Activity, Customer, Event, PropertyActivity, TrackedProperty
from pipeline.progress import Progress, silent
from pipeline.sql import insert, kind_of, newest_of, short_scalar

_CHUNK = 1_000

_Select = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many customers were gone through, and how many rows of profiles were wrong."""

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


@dataclass(frozen=True, slots=True)
class Profiles:
    """A table of profiles: which of its rows are meant, and how they come from some events.

    `computed` has the columns of its key, then the figures.
    """

    table: type[Activity] | type[PropertyActivity]
    rows: sa.ColumnElement[bool]
    computed: Callable[[sa.ColumnElement[bool]], _Select]

    @property
    def key(self) -> list[sa.ColumnElement[Any]]:
        """The columns that tell one from another."""
        return [*self.table.__mapper__.primary_key]

    @property
    def columns(self) -> list[Any]:
        """Its columns in the order of `computed`."""
        table = self.table
        return [*self.key, table.event_count, table.first_at, table.last_at, table.newest_at]

    def of(self, customers: Range) -> sa.ColumnElement[bool]:
        """The condition that a row is one of theirs."""
        return sa.and_(self.rows, customers.holds(self.table.customer_id.expression))


def figures(at: Any) -> list[sa.ColumnElement[Any]]:
    """What profiles say of some events that happened `at`: how many, first, last, the newest."""
    return [sa.func.count(), sa.func.min(at), sa.func.max(at), newest_of(at)]


def _by_type(events: sa.ColumnElement[bool]) -> _Select:
    key = (Event.customer_id, Event.type)
    return sa.select(*key, *figures(Event.occurred_at)).where(events).group_by(*key)


def by_value(tracked: sa.ColumnElement[bool]) -> Profiles:
    """The profiles by the values of such tracked properties."""
    ids = sa.select(TrackedProperty.id).where(tracked)

    def computed(events: sa.ColumnElement[bool]) -> _Select:
        value = short_scalar(Event.properties, TrackedProperty.place).label("value")
        found = (
            sa.select(Event.customer_id, TrackedProperty.id, Event.type, value, Event.occurred_at)
            .join(TrackedProperty, tracked)
            .where(events)
            .subquery()
        )
        *key, at = found.c
        return sa.select(*key, *figures(at)).where(found.c.value.is_not(None)).group_by(*key)

    return Profiles(PropertyActivity, PropertyActivity.property_id.in_(ids), computed)


#: Those that equal the events at any moment.
_KEPT = (
    Profiles(Activity, sa.true(), _by_type),
    by_value(TrackedProperty.status == "ready"),
)


def disagreements(session: Session, customers: Range = EVERYBODY) -> int:
    """In how many rows the profiles and the events of these customers disagree."""
    return sum(_disagreements(session, profiles, customers) for profiles in _KEPT)


def _disagreements(session: Session, profiles: Profiles, customers: Range) -> int:
    written = sa.select(*profiles.columns).where(profiles.of(customers))
    computed = profiles.computed(_theirs(customers))
    # A row that is wrong is in both differences, one that is missing or too many in one.
    size = len(profiles.key)
    keys = sa.union(_keys_in_one(written, computed, size), _keys_in_one(computed, written, size))
    return session.scalars(sa.select(sa.func.count()).select_from(keys.subquery())).one()


def _keys_in_one(these: _Select, those: _Select, size: int) -> _Select:
    rows = sa.except_(these, those).subquery()
    return sa.select(*[*rows.c][:size])


def rebuild(database: Database, *, on_progress: Progress = silent) -> Rebuilt:
    """Write all profiles anew that differ from the events, some customers at a time.

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
    hold(session, customers)
    wrong = disagreements(session, customers)
    for profiles in _KEPT:
        write(session, profiles, customers)
    return wrong


def hold(session: Session, customers: Range) -> None:
    """Let these customers get no event until the end of the transaction.

    Who stores an event holds a lock on its customer until the commit: whoever has not committed is
    waited for here, and whoever comes later waits, and adds to what is written meanwhile.
    """
    theirs = customers.holds(Customer.id.expression)
    lock = sa.select(Customer.id).where(theirs).order_by(Customer.id).with_for_update()
    session.execute(lock).all()


def write(session: Session, profiles: Profiles, customers: Range) -> None:
    """Write the profiles of customers who are on hold anew from their events."""
    session.execute(sa.delete(profiles.table).where(profiles.of(customers)))
    names = [column.key for column in profiles.columns]
    rows = profiles.computed(_theirs(customers))
    anew = insert(kind_of(session), profiles.table).from_select(names, rows)
    # Who became a customer since the deletion has brought their own rows, which are right.
    session.execute(anew.on_conflict_do_nothing())


def _theirs(customers: Range) -> sa.ColumnElement[bool]:
    """Events of these customers; one whose customer is gone, as a tool can leave it, counts not."""
    # Not for the range once more: PostgreSQL takes any range of ids for a single one, and would go
    # through that of the customers for each event.
    known = sa.exists().where(Customer.id == Event.customer_id)
    return sa.and_(customers.holds(Event.customer_id.expression), known)


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


def everybody(session: Session, after: uuid.UUID | None = None) -> Iterator[Range]:
    """All customers after one, a chunk at a time; the last range takes those who come later."""
    rest = Range(after, None).holds(Customer.id.expression)
    numbered = (
        sa.select(Customer.id, sa.func.row_number().over(order_by=Customer.id).label("number"))
        .where(rest)
        .subquery()
    )
    ends = sa.select(numbered.c.id).where(numbered.c.number % _CHUNK == 0).order_by(numbered.c.id)
    for last in session.scalars(ends):
        yield Range(after, last)
        after = last
    yield Range(after, None)
