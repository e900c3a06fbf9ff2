"""The list of customers: filtered, sorted and cut by the database.

Sorted by e-mail its cost follows the page, and so it does for those seen last; any other order has
to go through the profiles of all who match.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.customers import addressed
from pipeline.definitions import segment_rule
from pipeline.ids import customer_id
from pipeline.limits import TYPE_LENGTH, check_text
from pipeline.models import Activity, AnyActivity, Customer, CustomerActivity
from pipeline.rules import Condition
from pipeline.segments import get_segment, matches
from pipeline.segments.references import resolve
from pipeline.sql import one_by_one, where

# So many of those seen last are looked through for a page before all who fit are sorted.
_LOOKED_THROUGH = 2_000

#: How many of their event types a customer is listed with.
TOP_TYPES = 3

_NUMBERS: dict[str, Any] = {
    "events": CustomerActivity.event_count,
    "first_seen": CustomerActivity.first_at,
    "last_seen": CustomerActivity.last_at,
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

        Raises Invalid for a text that no address or event type can be, NotFound for an unknown
        segment.
        """
        conditions = [*addressed(self.search)]
        if self.event_type is not None:
            event_type = check_text(self.event_type, "event type", TYPE_LENGTH)
            conditions.append(_has(Activity, Activity.type == event_type))
        if self.seen_in_days is not None:
            conditions.append(_seen_since(self.seen_in_days, now))
        if self.unseen_for_days is not None:
            conditions.append(sa.not_(_seen_since(self.unseen_for_days, now)))
        if self.segment_id is not None:
            rule = segment_rule(get_segment(session, self.segment_id))
            conditions.append(matches(session, resolve(session, rule), now))
        return conditions


def _seen_since(days: int, now: datetime) -> Condition:
    return _has(CustomerActivity, CustomerActivity.last_at >= now - timedelta(days=days))


def _has(table: type[AnyActivity], condition: Condition) -> Condition:
    """The condition on `Customer` that a profile of theirs is such."""
    # EXISTS, not IN: PostgreSQL runs the negation of that as a join, too.
    theirs = sa.exists().where(table.customer_id == Customer.id, condition)
    return theirs.correlate(Customer)


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
    if order == "last_seen" and descending and conditions and offset < _LOOKED_THROUGH:
        ids = page(_seen_last(conditions))
        if len(ids) == limit:
            return _listed(session, ids)
    return _listed(session, page(_by_number(session, conditions, order, descending)))


def _page(session: Session, rows: sa.Select[Any], limit: int, offset: int) -> Sequence[Any]:
    return session.scalars(rows.limit(limit).offset(offset)).all()


# ------------------------------------------------------------------------------------------ orders
# Nobody is missing from those that read profiles: every customer has come with an event.
def _by_email(
    session: Session, conditions: Sequence[Condition], descending: bool
) -> sa.Select[str]:
    order = Customer.email.desc() if descending else Customer.email
    return where(session, sa.select(Customer.email), *conditions).order_by(order)


def _by_number(
    session: Session, conditions: Sequence[Condition], order: str, descending: bool
) -> sa.Select[uuid.UUID]:
    profile, number = CustomerActivity, _NUMBERS[order]
    query = sa.select(profile.customer_id).order_by(
        number.desc() if descending else number, profile.customer_id
    )
    if not conditions:
        return query
    matching = where(session, sa.select(Customer.id), *conditions)
    return query.where(profile.customer_id.in_(matching))


def _seen_last(conditions: Sequence[Condition]) -> sa.Select[uuid.UUID]:
    """Customers as `_by_number` has them newest first, of those seen last."""
    profile = CustomerActivity
    last = (
        sa.select(profile.customer_id, profile.last_at)
        .order_by(profile.last_at.desc(), profile.customer_id)
        .limit(_LOOKED_THROUGH)
        .cte("last")
        .prefix_with("MATERIALIZED")  # else SQLite prefers to go through all customers in order
    )
    return (
        sa.select(Customer.id)
        .join(last, last.c.customer_id == Customer.id)
        .where(*map(one_by_one, conditions))
        .order_by(last.c.last_at.desc(), Customer.id)
    )


# -------------------------------------------------------------------------------------------- rows
def _listed(session: Session, ids: Sequence[uuid.UUID]) -> list[ListedCustomer]:
    rows = {row.id: ListedCustomer(*row) for row in session.execute(_numbers(ids))}
    for id_, name, events in session.execute(_top_types(ids)):
        rows[id_].types.append((name, events))
    return [rows[id_] for id_ in ids]


def _numbers(ids: Sequence[uuid.UUID]) -> sa.Select[Any]:
    events, *moments = _NUMBERS.values()
    return (
        sa.select(Customer.id, Customer.email, sa.func.coalesce(events, 0), *moments)
        .outerjoin(CustomerActivity, CustomerActivity.customer_id == Customer.id)
        .where(Customer.id.in_(ids))
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
