"""Previews: the exact number of matches, and the first of them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Customer
from pipeline.rules import Condition, Rule
from pipeline.segments.matching import MEMBER, Member, matches
from pipeline.segments.references import resolve
from pipeline.sql import among, in_two_processes, keys, not_by_index

PREVIEW_SIZE = 50
#: Of 500,000 customers: from so many matches on it is quicker to walk until 50 are found.
_MANY = 5_000
#: So many customers are quickly looked through for the first 50 who match.
_LOOKED_THROUGH = 5_000


@dataclass(frozen=True, slots=True)
class Preview:
    """How many customers match, and the first 50 of them by e-mail."""

    count: int
    customers: list[Member]


def preview(session: Session, rule: Rule, *, now: datetime) -> Preview:
    """The exact number of matches and the first of them by e-mail.

    As it was at `now`: events that came later do not count. Raises Invalid for a reference to no
    segment.
    """
    condition = matches(session, resolve(session, rule), now)
    in_two_processes(session)
    if isinstance(condition, among) and condition.is_quick:
        return _quick_preview(session, condition)
    return _costly_preview(session, condition)


def _quick_preview(session: Session, condition: among) -> Preview:
    number = session.scalars(condition.number()).one()
    first = _first_of_many(condition) if number >= _MANY else _first_of_few(condition)
    return Preview(number, _read(session, first))


def _costly_preview(session: Session, condition: Condition) -> Preview:
    """The rule is evaluated once for the number and the page."""
    found = _once(keys(session, Customer.id, condition), "found")
    page = _first_of(found).c
    query = sa.select(page.id, page.email, _how_many(found)).order_by(page.email)
    rows = session.execute(query).all()
    return Preview(rows[0][2] if rows else 0, [Member(id_, email) for id_, email, _ in rows])


def _first_of(found: sa.CTE) -> sa.Subquery:
    """They are looked for among the first customers.

    Only where those are too few, and so nearly always all who match are few, all are sorted.
    """
    everybody = sa.select(*MEMBER).order_by(Customer.email).limit(_LOOKED_THROUGH).subquery().c
    near = sa.select(everybody.id, everybody.email).where(everybody.id.in_(sa.select(found)))
    first = _once(near.order_by(everybody.email).limit(PREVIEW_SIZE), "first")
    is_whole = sa.select(_how_many(first) == PREVIEW_SIZE).scalar_subquery()
    rest = _first_of_few(Customer.id.in_(sa.select(found))).where(sa.not_(is_whole)).subquery()
    return sa.union_all(sa.select(first).where(is_whole), sa.select(rest)).subquery()


def _once(query: sa.Select[Any], name: str) -> sa.CTE:
    return query.cte(name).prefix_with("MATERIALIZED")


def _how_many(rows: sa.FromClause) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()


def _read(session: Session, query: sa.Select[uuid.UUID, str]) -> list[Member]:
    return [Member(id_, email) for id_, email in session.execute(query)]


def _first_of_few(condition: Condition) -> sa.Select[uuid.UUID, str]:
    email = not_by_index(Customer.email)
    return sa.select(*MEMBER).where(condition).order_by(email).limit(PREVIEW_SIZE)


def _first_of_many(condition: among) -> sa.Select[uuid.UUID, str]:
    """They are soon found by going through the customers, where few are found by sorting them."""
    query = sa.select(*MEMBER).where(condition.one_by_one())
    return query.order_by(Customer.email).limit(PREVIEW_SIZE)
