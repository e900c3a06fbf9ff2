"""Totals: how much there is of each thing."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Campaign, Customer, Segment


@dataclass(frozen=True, slots=True)
class Totals:
    """How many there are of each thing that people look after."""

    customers: int
    segments: int
    campaigns: int


def totals(session: Session) -> Totals:
    """How much there is of each, in one round trip."""
    counts = (
        sa.select(sa.func.count()).select_from(table).scalar_subquery()
        for table in (Customer, Segment, Campaign)
    )
    return Totals(*session.execute(sa.select(*counts)).one())


def has_customers(session: Session) -> bool:
    """Whether there is any."""
    return session.scalars(sa.select(sa.exists(sa.select(Customer.id)))).one()


def customer_count(session: Session) -> int:
    """How many customers there are."""
    return session.scalars(sa.select(sa.func.count()).select_from(Customer)).one()
