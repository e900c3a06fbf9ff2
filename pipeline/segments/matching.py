"""Who matches: the one evaluator of rules, for previews, members and campaigns alike."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Customer
from pipeline.rules import Condition, Rule
from pipeline.rules.profile import exists_at
from pipeline.segments.references import resolve
from pipeline.sql import among, keys, where
from pipeline.tracking import with_tracked

#: What is read of a customer in an audience.
MEMBER = (Customer.id, Customer.email)


@dataclass(frozen=True, slots=True)
class Member:
    """A customer in an audience."""

    id: uuid.UUID
    email: str


def matches(session: Session, rule: Rule, now: datetime) -> Condition:
    """The condition on `Customer` that a rule stands for at `now`; the one every answer uses.

    A customer whose first event is later than `now` does not exist then. References have to be
    resolved before. It holds in this transaction, as what is tracked may be another in the next.
    """
    return condition_of(with_tracked(session, rule), now)


def condition_of(rule: Rule, now: datetime) -> Condition:
    """The same, of a rule that has what is tracked already."""
    return rule.where(now) if rule.implies_event else sa.and_(rule.where(now), exists_at(now))


def count(session: Session, rule: Rule, *, now: datetime) -> int:
    """How many customers match; raises Invalid for a reference to no segment."""
    return session.scalars(number_of(session, matches(session, resolve(session, rule), now))).one()


def number_of(session: Session, condition: Condition) -> sa.Select[int]:
    """How many customers a condition holds for."""
    if isinstance(condition, among):
        return condition.number()
    found = keys(session, Customer.id, condition).subquery()
    return sa.select(sa.func.count()).select_from(found)


def members(session: Session, rule: Rule, *, now: datetime) -> Iterator[Member]:
    """All who match, by e-mail, read as they are asked for.

    Raises Invalid for a reference to no segment.
    """
    query = where(session, sa.select(*MEMBER), matches(session, resolve(session, rule), now))
    rows = session.execute(query.order_by(Customer.email), execution_options={"yield_per": 10_000})
    return (Member(id_, email) for id_, email in rows)
