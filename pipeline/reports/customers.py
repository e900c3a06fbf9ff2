"""The list of customers: filtered, sorted and cut by the database.

Sorted by e-mail its cost follows the page, and so it does for those seen last among all; any other
order has to go through the profiles of all who match.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline.customers import addressed
from pipeline.models import Activity, Customer, customer_id
from pipeline.references import resolve
from pipeline.reports.types import distinct_types
from pipeline.rules import Condition, parse
from pipeline.segments import get_segment, matches
from pipeline.sql import one_by_one, where

# So many customers in, counting from the one seen last, a walk through all takes no longer.
_FIRST = 1_000
# So many of them are looked through for those who fit a filter before all who fit it are sorted.
_LOOKED_THROUGH = 2_000
_EVER = datetime.min.replace(tzinfo=UTC)

#: How many of their event types a customer is listed with.
TOP_TYPES = 3

_NUMBERS: dict[str, sa.ColumnElement[Any]] = {
    "events": sa.func.sum(Activity.event_count),
    "first_seen": sa.func.min(Activity.first_at),
    "last_seen": sa.func.max(Activity.last_at),
}
#: What customers can be sorted by.
CUSTOMER_ORDERS = ("email", *_NUMBERS)


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers are meant: all that fit each part that is given.

    `search` is looked for in the address, whatever the case of its letters; `event_type` is one
    that they ever did; `seen_in_days` and `unseen_for_days` are whether they did anything in the
    last so many times 24 hours; `segment_id` is a segment that they are in.
    """

    search: str = ""
    event_type: str | None = None
    seen_in_days: int | None = None
    unseen_for_days: int | None = None
    segment_id: uuid.UUID | None = None

    def where(self, session: Session, now: datetime) -> list[Condition]:
        """The conditions on `Customer` at `now`.

        Raises Invalid for a search that no address can hold, NotFound for an unknown segment.
        """
        conditions = [*addressed(self.search)]
        if self.event_type is not None:
            conditions.append(_any(Activity.type == self.event_type))
        if self.seen_in_days is not None:
            conditions.append(_any(_since(self.seen_in_days, now)))
        if self.unseen_for_days is not None:
            conditions.append(sa.not_(_any(_since(self.unseen_for_days, now))))
        if self.segment_id is not None:
            rule = parse(get_segment(session, self.segment_id).definition)
            conditions.append(matches(session, resolve(session, rule), now))
        return conditions


def _any(condition: Condition) -> Condition:
    """The condition on `Customer` that any of their rows of `Activity` is such."""
    # EXISTS, not IN: PostgreSQL runs the negation of that as a join, too.
    theirs = sa.exists().where(Activity.customer_id == Customer.id, condition)
    return theirs.correlate(Customer)


def _since(days: int, now: datetime) -> Condition:
    return Activity.last_at >= now - timedelta(days=days)


EVERYBODY = CustomerFilter()


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A customer in a list; `types` are their most frequent event types, each with its events."""

    id: uuid.UUID
    email: str
    events: int
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    types: list[tuple[str, int]] = field(default_factory=list)


def count_customers(session: Session, among: CustomerFilter = EVERYBODY, *, now: datetime) -> int:
    """How many customers `find_customers` has for the same filter."""
    query = sa.select(sa.func.count()).select_from(Customer)
    return session.scalars(where(session, query, *among.where(session, now))).one()


def find_customers(
    session: Session,
    among: CustomerFilter = EVERYBODY,
    *,
    order: str = "last_seen",
    descending: bool = True,
    limit: int,
    offset: int = 0,
    now: datetime,
) -> list[ListedCustomer]:
    """Some of the customers that a filter means, sorted by one of `CUSTOMER_ORDERS`.

    Raises Invalid for a filter that cannot be.
    """
    conditions = among.where(session, now)
    page = partial(_page, session, limit=limit, offset=offset)
    if order == "email":
        # The addresses alone first: those before the page are then passed over in the index.
        emails = page(_by_email(session, conditions, descending))
        return _listed(session, [customer_id(email) for email in emails])
    if order == "last_seen" and descending and offset < _FIRST:
        number = _LOOKED_THROUGH if conditions else offset + limit
        ids = page(_seen_last(session, conditions, number))
        if len(ids) == limit:
            return _listed(session, ids)
    return _listed(session, page(_by_number(session, conditions, order, descending)))


def _page(session: Session, rows: sa.Select[Any], limit: int, offset: int) -> Sequence[Any]:
    return session.scalars(rows.limit(limit).offset(offset)).all()


# ------------------------------------------------------------------------------------------ orders
# Nobody is missing from those that read `activity`: every customer has come with an event.
def _by_email(
    session: Session, conditions: Sequence[Condition], descending: bool
) -> sa.Select[str]:
    order = Customer.email.desc() if descending else Customer.email
    return where(session, sa.select(Customer.email), *conditions).order_by(order)


def _by_number(
    session: Session, conditions: Sequence[Condition], order: str, descending: bool
) -> sa.Select[*tuple[Any, ...]]:
    number = _NUMBERS[order]
    # All numbers, though one is asked for: PostgreSQL then reads them from the primary key, one
    # customer after the other, which takes half as long as hashing them all.
    query = (
        sa.select(Activity.customer_id, *_NUMBERS.values())
        .group_by(Activity.customer_id)
        .order_by(number.desc() if descending else number, Activity.customer_id)
    )
    if not conditions:
        return query
    matching = where(session, sa.select(Customer.id), *conditions)
    return query.where(Activity.customer_id.in_(matching))


def _seen_last(
    session: Session, conditions: Sequence[Condition], number: int
) -> sa.Select[uuid.UUID]:
    """Customers as `_by_number` has them newest first, of the `number` seen last or of more.

    All of them did something since the latest moment since which that many did any one thing.
    """
    types = distinct_types()
    theirs = aliased(Activity)
    nth = (
        sa.select(theirs.last_at)
        .where(theirs.type == types.c.type)
        .order_by(theirs.last_at.desc())
        .limit(1)
        .offset(number - 1)
    )
    rows = session.execute(sa.select(types.c.type, nth.scalar_subquery())).all()
    since = max((moment for _, moment in rows if moment is not None), default=_EVER)
    recent = (
        sa.select(Activity.customer_id, Activity.last_at)
        .where(Activity.type.in_([name for name, _ in rows]), Activity.last_at >= since)
        .cte("recent")
        .prefix_with("MATERIALIZED")  # else SQLite prefers to go through all customers in order
    )
    newest = sa.func.max(recent.c.last_at)
    seen = (
        sa.select(recent.c.customer_id, newest.label("at"))
        .group_by(recent.c.customer_id)
        .subquery()
    )
    return (
        sa.select(Customer.id)
        .join(seen, seen.c.customer_id == Customer.id)
        .where(*map(one_by_one, conditions))
        .order_by(seen.c.at.desc(), Customer.id)
    )


# -------------------------------------------------------------------------------------------- rows
def _listed(session: Session, ids: Sequence[uuid.UUID]) -> list[ListedCustomer]:
    rows = {row.id: ListedCustomer(*row) for row in session.execute(_numbers(ids))}
    for id_, name, events in session.execute(_top_types(ids)):
        rows[id_].types.append((name, events))
    return [rows[id_] for id_ in ids]


def _numbers(ids: Sequence[uuid.UUID]) -> sa.Select[Any]:
    events, *moments = _NUMBERS.values()
    count = sa.cast(sa.func.coalesce(events, 0), sa.BigInteger)
    return (
        sa.select(Customer.id, Customer.email, count, *moments)
        .outerjoin(Activity, Activity.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
        .group_by(Customer.id, Customer.email)
    )


def _top_types(ids: Sequence[uuid.UUID]) -> sa.Select[uuid.UUID, str, int]:
    rank = sa.func.row_number().over(
        partition_by=Activity.customer_id, order_by=(Activity.event_count.desc(), Activity.type)
    )
    ranked = (
        sa.select(Activity.customer_id, Activity.type, Activity.event_count, rank.label("rank"))
        .where(Activity.customer_id.in_(ids))
        .subquery()
    )
    return (
        sa.select(ranked.c.customer_id, ranked.c.type, ranked.c.event_count)
        .where(ranked.c.rank <= TOP_TYPES)
        .order_by(ranked.c.customer_id, ranked.c.rank)
    )
