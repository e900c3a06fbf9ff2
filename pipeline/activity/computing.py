"""The rows of profiles as their events make them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from pipeline.activity.ranges import Range
from pipeline.models import (
    Activity,
    AnyActivity,
    Customer,
    CustomerActivity,
    Event,
    PropertyActivity,
    TrackedProperty,
)
from pipeline.sql import newest_of, short_scalar

Rows = sa.Select[*tuple[Any, ...]]

#: What profiles say of some events, by the moments at which they happened.
FIGURES: dict[str, Callable[[Any], sa.ColumnElement[Any]]] = {
    "event_count": lambda _: sa.func.count(),
    "first_at": sa.func.min,
    "last_at": sa.func.max,
    "newest_at": newest_of,
}


def by_customer(event: Any, *events: sa.ColumnElement[bool]) -> Rows:
    """Rows of `customer_activity` for such events, of `Event` or of columns with the same names."""
    return _profiles(event.occurred_at, [event.customer_id]).where(*events)


def by_type(event: Any, *events: sa.ColumnElement[bool]) -> Rows:
    """As `by_customer`, the rows of `activity`."""
    return _profiles(event.occurred_at, [event.customer_id, event.type]).where(*events)


def by_value(event: Any, tracked: sa.ColumnElement[bool], *events: sa.ColumnElement[bool]) -> Rows:
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


def _profiles(at: Any, key: Sequence[Any]) -> Rows:
    return sa.select(*key, *(figure(at) for figure in FIGURES.values())).group_by(*key)


@dataclass(frozen=True, slots=True)
class ProfileTable:
    """A table of profiles: which of its rows are meant, and what they are for some events.

    `computed` has the columns of its key, then the figures.
    """

    table: type[AnyActivity]
    rows: sa.ColumnElement[bool]
    computed: Callable[[sa.ColumnElement[bool]], Rows]

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
KEPT = (
    ProfileTable(CustomerActivity, sa.true(), partial(by_customer, Event)),
    ProfileTable(Activity, sa.true(), partial(by_type, Event)),
    of_values(TrackedProperty.status == "ready"),
)


def theirs(customers: Range) -> sa.ColumnElement[bool]:
    """The condition that an event is one of these customers'.

    One whose customer is gone, as a tool can leave it, does not count.
    """
    # Not for the range once more: PostgreSQL takes any range of ids for a single one, and would go
    # through that of the customers for each event.
    known = sa.exists().where(Customer.id == Event.customer_id)
    return sa.and_(customers.holds(Event.customer_id.expression), known)
