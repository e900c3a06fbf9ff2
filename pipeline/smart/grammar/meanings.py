"""What a phrase of a prompt can mean: small values that know nothing of words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Comparison = Literal["equals", "greater", "greater_or_equal", "less", "less_or_equal"]
FilterOp = Comparison | Literal["not_equals", "contains", "starts_with"]
Bound = tuple[Comparison, int | float | Decimal]


# ------------------------------------------------------------ what a condition is about: subjects
@dataclass(frozen=True, slots=True)
class Event:
    """Did this (None: anything), with `page` on the page of that path."""

    type: str | None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Money:
    """What purchases came to: an aggregate of the property of that name."""

    aggregate: Literal["sum", "avg", "min", "max"]
    path: str


@dataclass(frozen=True, slots=True)
class Seen:
    """First or last heard of, or at some time ("seen"); `absent`: not heard of since, or then."""

    which: Literal["first_seen", "last_seen", "seen"]
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Email:
    """Has an address like that."""

    op: Literal["equals", "contains", "ends_with"]
    value: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Did this, and did not purchase after it."""

    type: str


Subject = Event | Money | Seen | Email | Abandoned


# -------------------------------------------------------------------- what is said about a subject
@dataclass(frozen=True, slots=True)
class Amount:
    """So many times, or so much money; None: a number of nothing in particular."""

    bounds: tuple[Bound, ...]
    of: Literal["times", "money"] | None


@dataclass(frozen=True, slots=True)
class When:
    """In some time."""


@dataclass(frozen=True, slots=True)
class Span(When):
    """In the last days (None: ever), or, with `older`, before them; `within`: or after an event."""

    days: int | None
    older: bool = False
    within: bool = False


@dataclass(frozen=True, slots=True)
class Period(When):
    """From a day of the calendar to another, which is in it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Delay:
    """Within so many hours of something else; `alone`: of what, is not said."""

    hours: int
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """With a property like that."""

    path: str
    op: FilterOp
    value: str | int | float | Decimal | bool


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or the last event of its type."""

    is_last: bool


@dataclass(frozen=True, slots=True)
class Path:
    """A path of which nothing says that it was visited."""

    path: str


# ------------------------------------------------------------------------------ what joins clauses
@dataclass(frozen=True, slots=True)
class Not:
    """Not; `ever`: not at any time; `trails`: said after what it denies, as in "bought nothing"."""

    ever: bool = False
    trails: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Between two clauses; a comma joins as the word does that ends its list.

    `denies`: what follows is denied, as after "except".
    """

    kind: Literal["and", "or", "but", "then", "comma"]
    denies: bool = False


@dataclass(frozen=True, slots=True)
class Filler:
    """Says nothing; `begins`: may begin another clause, as "who" does."""

    begins: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not understood; `is_date`: but it says when, by the calendar, as no window can."""

    is_date: bool = False


Meaning = Subject | Amount | When | Delay | Where | Edge | Path | Not | Join | Filler | Unknown
