"""The profiles recomputed from the events that they count: compared with them, or written anew.

These are `customer_activity`, `activity`, and `property_activity` for the properties that are
tracked.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.models import (
    Activity,
    AnyActivity,
    Customer,
    CustomerActivity,
    Event,
    PropertyActivity,
    TrackedProperty,
)
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


#: What profiles say of some events, by the moments at which they happened.
FIGURES: dict[str, Callable[[Any], sa.ColumnElement[Any]]] = {
    "event_count": lambda _: sa.func.count(),
    "first_at": sa.func.min,
    "last_at": sa.func.max,
    "newest_at": newest_of,
}


def by_customer(event: Any, *events: sa.ColumnElement[bool]) -> _Select:
    """Rows of `customer_activity` for such events, of `Event` or of columns with the same names."""
    return _profiles(event.occurred_at, [event.customer_id]).where(*events)


def by_type(event: Any, *events: sa.ColumnElement[bool]) -> _Select:
    """As `by_customer`, the rows of `activity`."""
    return _profiles(event.occurred_at, [event.customer_id, event.type]).where(*events)


def by_value(
    event: Any, tracked: sa.ColumnElement[bool], *events: sa.ColumnElement[bool]
) -> _Select:
    """As `by_customer`, the rows of `property_activity` for such tracked properties."""
    value = short_scalar(event.properties, TrackedProperty.place).label("value")
    found = (
        sa.select(event.customer_id, TrackedProperty.id, event.type, value, event.occurred_at)
        .join(TrackedProperty, tracked)
        .where(*events)
        .subquery()
    )
    *key, at = found.c
    return _profiles(at, key).where(found.c.value.is_not(None))


def _profiles(at: Any, key: Sequence[Any]) -> _Select:
    return sa.select(*key, *(figure(at) for figure in FIGURES.values())).group_by(*key)


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """A table of profiles: which of its rows are meant, and what they are for some events.

    `computed` has the columns of its key, then the figures.
    """

    table: type[AnyActivity]
    rows: sa.ColumnElement[bool]
    computed: Callable[[sa.ColumnElement[bool]], _Select]

    @property
    def key(self) -> list[sa.ColumnElement[Any]]:
        """The columns that tell one from another."""
        return [*self.table.__mapper__.primary_key]

    @property
    def columns(self) -> list[Any]:
        """Its columns in the order of `computed`."""
        return [*self.key, *(getattr(self.table, name) for name in FIGURES)]

    def of(self, customers: Range) -> sa.ColumnElement[bool]:
        """The condition that a row is one of theirs."""
        return sa.and_(self.rows, customers.holds(self.table.customer_id.expression))


def of_values(tracked: sa.ColumnElement[bool]) -> ProfileTable:
    """The profiles by the values of such tracked properties."""
    ids = sa.select(TrackedProperty.id).where(tracked)
    rows = PropertyActivity.property_id.in_(ids)
    return ProfileTable(PropertyActivity, rows, partial(by_value, Event, tracked))


#: Those that equal the events at any moment.
_KEPT = (
    ProfileTable(CustomerActivity, sa.true(), partial(by_customer, Event)),
    ProfileTable(Activity, sa.true(), partial(by_type, Event)),
    of_values(TrackedProperty.status == "ready"),
)


def disagreements(session: Session, customers: Range = EVERYBODY) -> int:
    """In how many rows the profiles and the events of these customers disagree."""
    return sum(_disagreements(session, profiles, customers) for profiles in _KEPT)


def _disagreements(session: Session, profiles: ProfileTable, customers: Range) -> int:
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
    # In the order in which they are locked for an event, or the two would often wait in a circle.
    for key in (CustomerActivity.customer_id, Customer.id):
        theirs = customers.holds(key.expression)
        session.execute(sa.select(key).where(theirs).order_by(key).with_for_update()).all()


def write(session: Session, profiles: ProfileTable, customers: Range) -> None:
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
