"""Customers: list and search, one customer's timeline, erasure."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Invalid, NotFound
from pipeline.limits import EMAIL_LENGTH, check_text
from pipeline.models import PROFILES, Customer, CustomerActivity, EmailDraft, Event, Send
from pipeline.paging import DEFAULT_PAGE, Page, check_limit, page, position


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer in numbers; `last_seen_at` is the time of their newest event."""

    id: uuid.UUID
    email: str
    created_at: datetime
    event_count: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is stored about a customer, besides their address."""

    events: int
    drafts: int
    sends: int


def list_customers(
    session: Session, *, search: str = "", limit: int = DEFAULT_PAGE, cursor: str | None = None
) -> Page[Profile]:
    """Customers by e-mail whose address contains `search`, up to `limit` from `cursor` on.

    Raises Invalid for a limit or a cursor that cannot be.
    """
    query = _profiles().order_by(Customer.email).limit(check_limit(limit) + 1)
    query = query.where(*addressed(search))
    if cursor:
        (email,) = position(cursor, 1)
        query = query.where(Customer.email > check_text(email, "cursor", EMAIL_LENGTH))
    rows = [Profile(*row) for row in session.execute(query)]
    return page(rows, limit, lambda profile: (profile.email,))


def addressed(search: str) -> list[sa.ColumnElement[bool]]:
    """The conditions that a customer's address contains `search`; none for a blank one.

    Raises Invalid for what no address can hold.
    """
    term = check_text(search.strip().lower(), "search", EMAIL_LENGTH)
    return [Customer.email.contains(term, autoescape=True)] if term else []


def get_customer(session: Session, customer_id: uuid.UUID) -> Profile:
    """One customer; raises NotFound."""
    row = session.execute(_profiles().where(Customer.id == customer_id)).one_or_none()
    if row is None:
        raise NotFound("Customer")
    return Profile(*row)


def timeline(
    session: Session,
    customer_id: uuid.UUID,
    *,
    limit: int = DEFAULT_PAGE,
    cursor: str | None = None,
) -> Page[Event]:
    """A customer's events, newest first, up to `limit` from `cursor` on; none for an unknown one.

    Raises Invalid for a limit or a cursor that cannot be.
    """
    query = (
        sa.select(Event)
        .where(Event.customer_id == customer_id)
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(check_limit(limit) + 1)
    )
    if cursor:
        query = query.where(sa.tuple_(Event.occurred_at, Event.id) < _moment_and_id(cursor))
    events = session.scalars(query).all()
    return page(events, limit, lambda event: (event.occurred_at.isoformat(), str(event.id)))


def holdings(session: Session, customer_id: uuid.UUID) -> Holdings:
    """What `erase` would delete now."""
    counts = (
        sa.select(sa.func.count()).where(table.customer_id == customer_id).scalar_subquery()
        for table in (Event, EmailDraft, Send)
    )
    return Holdings(*session.execute(sa.select(*counts)).one())


def erase(session: Session, customer_id: uuid.UUID) -> None:
    """Delete a customer with all their events, drafts and sends; raises NotFound."""
    # First what ingest locks first, or the two would often wait in a circle.
    for table in PROFILES:
        session.execute(sa.delete(table).where(table.customer_id == customer_id))
    gone = session.execute(
        sa.delete(Customer).where(Customer.id == customer_id).returning(Customer.id)
    )
    if gone.one_or_none() is None:
        raise NotFound("Customer")


def kept(query: sa.Select[*tuple[Any, ...]], customer_id: Any) -> sa.Select[*tuple[Any, ...]]:
    """The rows of a query whose customers are there, and whom nobody erases in this transaction.

    To refer to them without a lock fails when they are erased at that moment, again and again where
    one after the other is.
    """
    there = query.join(Customer, Customer.id == customer_id)
    return there.with_for_update(read=True, key_share=True, of=Customer)


def _profiles() -> sa.Select[uuid.UUID, str, datetime, int, datetime]:
    # Scalar subqueries, not a join: they are evaluated for the rows of the page only.
    profile = CustomerActivity
    theirs = profile.customer_id == Customer.id
    count = sa.select(profile.event_count).where(theirs).scalar_subquery()
    last_seen = sa.select(profile.last_at).where(theirs).scalar_subquery()
    return sa.select(
        Customer.id,
        Customer.email,
        Customer.created_at,
        sa.func.coalesce(count, 0),
        last_seen,
    )


def _moment_and_id(cursor: str) -> Any:
    moment, event_id = position(cursor, 2)
    try:
        key = datetime.fromisoformat(moment).astimezone(UTC), uuid.UUID(event_id)
    except (ValueError, OverflowError):
        raise Invalid("cursor is not one that a page has given") from None
    types = [Event.occurred_at.type, Event.id.type]
    return sa.tuple_(*(sa.literal(part, kind) for part, kind in zip(key, types, strict=True)))
