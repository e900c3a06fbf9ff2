"""Segments: saved audiences, and the one evaluator of rules for previews and campaigns alike."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.limits import check_description, check_name
from pipeline.models import Customer, Segment
from pipeline.references import check, is_used, keep, length, resolve
from pipeline.rules import Condition, Rule, parse, walk
from pipeline.rules.fields import whole_number
from pipeline.rules.profile import exists_at
from pipeline.sql import among, keys, not_by_index, where
from pipeline.tracking import with_tracked

PREVIEW_SIZE = 50
MOST_DAYS = 366
#: Conditions, each of a day, that one call asks for: each takes milliseconds to be put together.
MOST_SIZES = 3_660
_LENGTH_AT_ONCE = 20_000
_Columns = TypeVarTuple("_Columns")
_MEMBER = (Customer.id, Customer.email)
#: Of 500,000 customers: from so many matches on it is quicker to walk until 50 are found.
_MANY = 5_000
#: So many customers are quickly looked through for the first 50 who match.
_LOOKED_THROUGH = 5_000


@dataclass(frozen=True, slots=True)
class Member:
    """A customer in an audience."""

    id: uuid.UUID
    email: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many customers match, and the first 50 of them by e-mail."""

    count: int
    customers: list[Member]


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers matched at a moment."""

    at: datetime
    count: int


# ------------------------------------------------------------------------------------- evaluation
def matches(session: Session, rule: Rule, now: datetime) -> Condition:
    """The condition on `Customer` that a rule stands for at `now`; the one every answer uses.

    A customer whose first event is later than `now` does not exist then. References have to be
    resolved before. It holds in this transaction, as what is tracked may be another in the next.
    """
    return _matches(with_tracked(session, rule), now)


def _matches(rule: Rule, now: datetime) -> Condition:
    return rule.where(now) if rule.implies_event else sa.and_(rule.where(now), exists_at(now))


def count(session: Session, rule: Rule, *, now: datetime) -> int:
    """How many customers match; raises Invalid for a reference to no segment."""
    return session.scalars(_number(session, matches(session, resolve(session, rule), now))).one()


def preview(session: Session, rule: Rule, *, now: datetime) -> Preview:
    """The exact number of matches and the first of them by e-mail.

    As it was at `now`: events that came later do not count. Raises Invalid for a reference to no
    segment.
    """
    condition = matches(session, resolve(session, rule), now)
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
    everybody = sa.select(*_MEMBER).order_by(Customer.email).limit(_LOOKED_THROUGH).subquery().c
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
    return sa.select(*_MEMBER).where(condition).order_by(email).limit(PREVIEW_SIZE)


def _first_of_many(condition: among) -> sa.Select[uuid.UUID, str]:
    """They are soon found by going through the customers, where few are found by sorting them."""
    query = sa.select(*_MEMBER).where(condition.one_by_one())
    return query.order_by(Customer.email).limit(PREVIEW_SIZE)


def _number(session: Session, condition: Condition) -> sa.Select[int]:
    if isinstance(condition, among):
        return condition.number()
    found = keys(session, Customer.id, condition).subquery()
    return sa.select(sa.func.count()).select_from(found)


def members(session: Session, rule: Rule, *, now: datetime) -> Iterator[Member]:
    """All who match, by e-mail, read as they are asked for.

    Raises Invalid for a reference to no segment.
    """
    query = where(session, sa.select(*_MEMBER), matches(session, resolve(session, rule), now))
    rows = session.execute(query.order_by(Customer.email), execution_options={"yield_per": 10_000})
    return (Member(id_, email) for id_, email in rows)


def sizes(session: Session, rule: Rule, days: object, *, now: datetime) -> list[Size]:
    """How many customers matched on each of the last `days` (1 to 366) days, oldest first.

    The moments are `now` and so many times 24 hours before; each is answered as of that moment.
    Raises Invalid for another number, one that is too large for a rule of many conditions, and for
    a reference to no segment.
    """
    number = _check_days(days)
    rule = with_tracked(session, resolve(session, rule))
    _check_cost(rule, number)
    moments = [now - timedelta(days=ago) for ago in reversed(range(number))]
    # Several at once, but SQLite takes no more than 32,766 values a statement; a definition is
    # longer than it has values.
    at_once = max(1, _LENGTH_AT_ONCE // length(rule))
    return [
        size
        for first in range(0, number, at_once)
        for size in _sizes(session, rule, moments[first : first + at_once])
    ]


def _sizes(session: Session, rule: Rule, moments: list[datetime]) -> list[Size]:
    row = session.execute(_numbers(session, rule, moments)).one()
    return [Size(moment, count) for moment, count in zip(moments, row, strict=True)]


def _numbers(session: Session, rule: Rule, moments: list[datetime]) -> sa.Select[*tuple[int, ...]]:
    # One pass over the profiles takes as long as three moments by their index; thirty take a fifth.
    if len(moments) > 3 and (lately := rule.lately):
        return lately.numbers(moments)
    counts = (_number(session, _matches(rule, moment)).scalar_subquery() for moment in moments)
    return sa.select(*counts)


# ------------------------------------------------------------------------------------------ saved
def create_segment(
    session: Session, *, name: object, definition: object, description: object = None, now: datetime
) -> Segment:
    """Save an audience; raises Invalid for a name or a definition that cannot be."""
    fields, rule = _checked(name, description, definition)
    segment_id = uuid.uuid4()
    check(session, rule, segment_id)
    segment = Segment(id=segment_id, **fields, created_at=now, updated_at=now)
    session.add(segment)
    session.flush()
    keep(session, rule, segment_id)
    return segment


def update_segment(
    session: Session,
    segment_id: uuid.UUID,
    *,
    name: object,
    definition: object,
    description: object = None,
    unchanged_since: datetime | None = None,
    now: datetime,
) -> Segment:
    """Replace a segment's fields; campaigns keep the definition that they were created with.

    Raises NotFound, and Invalid for a definition that leads back to the segment, or that makes one
    which uses it too large. Given its `updated_at` as it was read, raises Conflict when somebody
    has saved it since.
    """
    fields, rule = _checked(name, description, definition)
    check(session, rule, segment_id)
    change = sa.update(Segment).where(Segment.id == segment_id).values(**fields, updated_at=now)
    if unchanged_since is not None:
        change = change.where(Segment.updated_at == unchanged_since)
    segment = session.scalars(change.returning(Segment)).one_or_none()
    if segment is None:
        get_segment(session, segment_id)
        raise Conflict("Somebody else has saved this segment since")
    keep(session, rule, segment_id)
    return segment


def list_segments(session: Session) -> Sequence[Segment]:
    """All segments, last updated first."""
    return session.scalars(sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id)).all()


def get_segment(session: Session, segment_id: uuid.UUID) -> Segment:
    """One segment; raises NotFound."""
    return _found(session.get(Segment, segment_id))


def delete_segment(session: Session, segment_id: uuid.UUID) -> None:
    """Delete a segment; raises NotFound, and Conflict while a campaign or a segment uses it."""
    gone = sa.delete(Segment).where(Segment.id == segment_id).returning(Segment.id)
    try:
        with session.begin_nested():
            found = session.execute(gone).one_or_none()
    except sa.exc.IntegrityError:
        user = "another segment" if is_used(session, segment_id) else "a campaign"
        raise Conflict(f"Segment is used by {user} and cannot be deleted") from None
    if found is None:
        raise NotFound("Segment")


def _checked(name: object, description: object, definition: object) -> tuple[dict[str, Any], Rule]:
    fields = {"name": check_name(name, "Segment"), "description": check_description(description)}
    rule = parse(definition)
    return {**fields, "definition": rule.definition()}, rule


def _check_days(days: object) -> int:
    try:
        return whole_number(days, 1, MOST_DAYS)
    except ValueError as error:
        raise Invalid(str(error), "days") from None


def _check_cost(rule: Rule, days: int) -> None:
    conditions = sum(not each.children for _, each in walk(rule))
    if days * conditions > MOST_SIZES:
        most = MOST_SIZES // conditions
        raise Invalid(f"must be at most {most} for a rule of {conditions} conditions", "days")


def _found(segment: Segment | None) -> Segment:
    if segment is None:
        raise NotFound("Segment")
    return segment
