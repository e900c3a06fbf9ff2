"""Properties of events and their values, as the newest events have them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.catalogue.types import type_names
from pipeline.models import Event
from pipeline.sql import Step

SAMPLE_EVENTS = 1_000
#: Of how many types a sample is at most.
MOST_TYPES = 50
_DEPTH = 4
_MOST_VALUES = 100
_LONGEST_VALUE = 200

Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, and in how many events of the sample it was."""

    value: Any
    events: int


@dataclass(frozen=True, slots=True)
class Property:
    """A property by its path, in how many events of the sample it was, and its values there.

    `texts`: in how many it was a string. `values` are the most frequent strings, numbers and
    booleans, most frequent first.
    """

    path: Path
    events: int
    texts: int
    values: list[Choice]


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest events of a type: how many there are, and their properties, most frequent first.

    `is_whole` tells whether these are all events of that type.
    """

    events: int
    is_whole: bool
    properties: list[Property]


def sample(session: Session, event_type: str | None) -> Sample:
    """The properties of the newest 1,000 events of a type; for None, of 50 types alike."""
    names = type_names(session) if event_type is None else [event_type]
    # Each is a query of its own. One more event than is read tells whether there are more.
    some = names[:MOST_TYPES]
    each = SAMPLE_EVENTS // max(1, len(some))
    found = [_newest(session, name, each + 1) for name in some]
    is_whole = len(names) == len(some) and all(len(theirs) <= each for theirs in found)
    events = [properties for theirs in found for properties in theirs[:each]]
    return Sample(len(events), is_whole, _properties(events))


def looked_at(path: Sequence[Step]) -> Path:
    """As much of a path as a sample has: not beyond the first of a list, nor beyond 4 steps."""
    known = takewhile(lambda step: isinstance(step, str) or step == 0, path)
    return tuple(known)[:_DEPTH]


def _newest(session: Session, event_type: str, number: int) -> Sequence[dict[str, Any]]:
    query = sa.select(Event.properties).where(Event.type == event_type)
    return session.scalars(query.order_by(Event.occurred_at.desc()).limit(number)).all()


def _properties(events: Sequence[dict[str, Any]]) -> list[Property]:
    paths: Counter[Path] = Counter()
    texts: Counter[Path] = Counter()
    values: defaultdict[Path, Counter[str]] = defaultdict(Counter)
    for properties in events:
        for path, value in _leaves(properties):
            paths[path] += 1
            texts[path] += isinstance(value, str)
            if _is_choice(value):
                values[path][exact_json.dumps(value)] += 1
    return [
        Property(path, n, texts[path], _choices(values[path])) for path, n in paths.most_common()
    ]


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All that is in an object, with its path: objects themselves and what they hold.

    Of a list only the first element, as an example of the others.
    """
    if path and value is not None:
        yield path, value
    if len(path) == _DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from _leaves(value[0], (*path, 0))


def _is_choice(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE
    return not isinstance(value, dict | list)


def _choices(values: Counter[str]) -> list[Choice]:
    most = values.most_common(_MOST_VALUES)
    return [Choice(exact_json.loads(value), events) for value, events in most]
