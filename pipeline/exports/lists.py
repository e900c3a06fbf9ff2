"""Lists of customers, and of the mails to them, in whole."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from pipeline.exports.formats import CHUNK, csv_of, json_array
from pipeline.models import Activity, Customer, Send
from pipeline.reports.customers import EVERYBODY, CustomerFilter
from pipeline.rules import Rule
from pipeline.segments import members
from pipeline.sends import SendFilter
from pipeline.sends.results import sends_with_customers
from pipeline.sql import where

#: What each customer in a list has; `eventTypes` is the number of events by type.
CUSTOMER_COLUMNS = (
    "id",
    "email",
    "createdAt",
    "eventCount",
    "firstSeenAt",
    "lastSeenAt",
    "eventTypes",
)

#: What each mail in a list has.
_SEND_COLUMNS = ("customerId", "email", "status", "error", "sentAt", "createdAt")


def customers_csv(
    session: Session, among: CustomerFilter = EVERYBODY, *, now: datetime
) -> Iterator[str]:
    """All customers that a filter means, by e-mail, as CSV; raises Invalid and NotFound as it."""
    return csv_of(CUSTOMER_COLUMNS, _customers(session, among, now))


def customers_json(
    session: Session, among: CustomerFilter = EVERYBODY, *, now: datetime
) -> Iterator[str]:
    """The same as a JSON array of objects."""
    yield from json_array(_customers(session, among, now))
    yield "\n"


def _customers(
    session: Session, among: CustomerFilter, now: datetime
) -> Iterator[Mapping[str, object]]:
    profile = aliased(Activity)  # the conditions may speak of any
    query = (
        sa.select(
            Customer.id,
            Customer.email,
            Customer.created_at,
            profile.type,
            profile.event_count,
            profile.first_at,
            profile.last_at,
        )
        .outerjoin(profile, profile.customer_id == Customer.id)
        .order_by(Customer.email, profile.type)
    )
    query = where(session, query, *among.where(session, now))
    rows = session.execute(query, execution_options={"yield_per": CHUNK})
    return (
        _customer(customer, [row[3:] for row in theirs if row.type is not None])
        for customer, theirs in groupby(rows, key=lambda row: row[:3])
    )


def _customer(customer: Sequence[Any], activity: Sequence[Sequence[Any]]) -> dict[str, object]:
    types = {name: events for name, events, _, _ in activity}
    first = min((first_at for _, _, first_at, _ in activity), default=None)
    last = max((last_at for _, _, _, last_at in activity), default=None)
    values = (*customer, sum(types.values()), first, last, types)
    return dict(zip(CUSTOMER_COLUMNS, values, strict=True))


def members_csv(session: Session, rule: Rule, *, now: datetime) -> Iterator[str]:
    """All who match a rule at `now`, by e-mail, as CSV; raises Invalid as `members` does."""
    found = members(session, rule, now=now)
    return csv_of(("id", "email"), ({"id": each.id, "email": each.email} for each in found))


def sends_csv(session: Session, campaign_id: uuid.UUID, among: SendFilter) -> Iterator[str]:
    """A campaign's mails that a filter means, by e-mail, as CSV; raises Invalid as it does."""
    query = sends_with_customers(campaign_id, among).with_only_columns(
        Send.customer_id,
        Customer.email,
        Send.status,
        Send.error,
        Send.sent_at,
        Send.created_at,
    )
    rows = session.execute(query, execution_options={"yield_per": CHUNK})
    return csv_of(_SEND_COLUMNS, (dict(zip(_SEND_COLUMNS, row, strict=True)) for row in rows))
