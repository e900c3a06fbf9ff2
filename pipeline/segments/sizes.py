"""An audience's size over time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Invalid
from pipeline.rules import Rule, walk
from pipeline.rules.fields import whole_number
from pipeline.segments.matching import condition_of, number_of
from pipeline.segments.references import length, resolve
from pipeline.tracking import with_tracked

MOST_DAYS = 366
#: Conditions, each of a day, that one call asks for: each takes milliseconds to be put together.
_MOST_SIZES = 3_660
_LENGTH_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many customers matched at a moment."""

    at: datetime
    count: int


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
    conditions = (condition_of(rule, moment) for moment in moments)
    return sa.select(*(number_of(session, each).scalar_subquery() for each in conditions))


def _check_days(days: object) -> int:
    try:
        return whole_number(days, 1, MOST_DAYS)
    except ValueError as error:
        raise Invalid(str(error), "days") from None


def _check_cost(rule: Rule, days: int) -> None:
    conditions = sum(not each.children for _, each in walk(rule))
    if days * conditions > _MOST_SIZES:
        most = _MOST_SIZES // conditions
        raise Invalid(f"must be at most {most} for a rule of {conditions} conditions", "days")
