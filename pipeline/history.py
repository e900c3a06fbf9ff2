"""How large an audience was: computed as of those moments from the events, never remembered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Invalid
from pipeline.models import Customer
from pipeline.references import resolve
from pipeline.rules import Rule
from pipeline.segments import matches

MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers matched at a moment."""

    at: datetime
    customers: int


def sizes(session: Session, rule: Rule, *, days: int = 30, now: datetime) -> list[Size]:
    """The audience's size now and at this time of day on each of the `days` - 1 days before.

    Oldest first. A segment that the rule refers to counts with its present definition. Raises
    Invalid for such a reference to no segment, and for days outside 1 to 366.
    """
    if not 1 <= days <= MAX_DAYS:
        raise Invalid(f"days must be an integer from 1 to {MAX_DAYS}")
    resolved = resolve(session, rule)
    moments = (now - timedelta(days=back) for back in reversed(range(days)))
    return [Size(at, _size(session, resolved, at)) for at in moments]


def _size(session: Session, rule: Rule, at: datetime) -> int:
    query = sa.select(sa.func.count()).select_from(Customer).where(matches(rule, at))
    return session.scalars(query).one()
