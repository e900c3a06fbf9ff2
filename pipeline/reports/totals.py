"""Totals: how much there is of each thing."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Campaign, Customer, CustomerActivity, Segment


@dataclass(frozen=True, slots=True)
class Totals:
    """How many there are of each thing in the pipeline."""

    customers: int
    events: int
    segments: int
    campaigns: int


def totals(session: Session) -> Totals:
    """The size of everything, in one round trip."""
    # Profiles are far fewer than the events that they count.
    number = sa.func.coalesce(sa.func.sum(CustomerActivity.event_count), 0)
    events = sa.select(number).scalar_subquery()
    counts = (
        sa.select(sa.func.count()).select_from(table).scalar_subquery()
        for table in (Customer, Segment, Campaign)
    )
    customers, segments, campaigns = counts
    row = session.execute(sa.select(customers, events, segments, campaigns)).one()
    return Totals(*map(int, row))


def customer_count(session: Session) -> int:
    """How many customers there are."""
    return session.scalars(sa.select(sa.func.count()).select_from(Customer)).one()
