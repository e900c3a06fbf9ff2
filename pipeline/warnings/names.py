"""Event types that were never seen, and properties that were never seen on a type."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.catalogue import Path, Sample, sample
from pipeline.models import Event
from pipeline.reports.types import type_names
from pipeline.rules import Rule, walk
from pipeline.rules.basic import EventPropertyEquals
from pipeline.rules.event_value import EventValue
from pipeline.rules.occurrence import Occurrence
from pipeline.rules.paths import in_words, steps
from pipeline.rules.sequence import EventSequence
from pipeline.sql import json_exists
from pipeline.warnings.warning import RuleWarning

#: Newest events of a type that are looked through for a property before it counts as not seen.
LOOKED_THROUGH = 10_000


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What a node says of events: a type (None for any) and properties that they are to have."""

    path: str
    event_type: str | None
    properties: list[Path]


def name_warnings(session: Session, rule: Rule) -> Iterator[RuleWarning]:
    """A warning for each name that no event has, with the one it may be a slip of."""
    types = type_names(session)
    samples: dict[str | None, Sample] = {}
    for spoken in _all_spoken(rule):
        event_type = spoken.event_type
        if event_type is not None and event_type not in types:
            yield RuleWarning(spoken.path, f"No event has the type {_hint(event_type, types)}")
        elif spoken.properties:
            if event_type not in samples:
                samples[event_type] = sample(session, event_type)
            yield from _unseen(session, spoken, samples[event_type])


def _unseen(session: Session, spoken: _Spoken, known: Sample) -> Iterator[RuleWarning]:
    seen = {each.path for each in known.properties}
    names = [in_words([*path]) for path in seen]
    what = f"{spoken.event_type} event" if spoken.event_type else "event"
    for path in spoken.properties:
        first = tuple(0 if isinstance(step, int) else step for step in path)
        if first in seen or _has(session, spoken.event_type, path):
            continue
        which = f"No {what}" if known.is_whole else f"None of the newest {what}s"
        yield RuleWarning(spoken.path, f"{which} has a property {_hint(in_words([*path]), names)}")


def _has(session: Session, event_type: str | None, path: Path) -> bool:
    if event_type is None:
        return False  # the sample has looked at all types alike
    newest = (
        sa.select(Event.properties)
        .where(Event.type == event_type)
        .order_by(Event.occurred_at.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    found = sa.select(newest.c.properties).where(json_exists(newest.c.properties, *path))
    return session.scalars(sa.select(sa.exists(found))).one()


def _hint(name: str, known: Iterable[str]) -> str:
    """The name, and the nearest that there is."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f"'{name}'" + (f"; did you mean '{by_lower[near[0]]}'?" if near else "")


def _all_spoken(rule: Rule) -> Iterator[_Spoken]:
    for path, node in walk(rule):
        if isinstance(node, EventSequence):
            for name, each in (("first", node.first), ("then", node.then)):
                yield _Spoken(f"{path}.{name}".lstrip("."), each.event_type, _filtered(each))
        elif isinstance(node, Occurrence):
            measured = [tuple(steps(node.path))] if isinstance(node, EventValue) else []
            yield _Spoken(path, node.event_type, [*_filtered(node), *measured])
        elif (event_type := getattr(node, "event_type", None)) is not None:
            compared: list[Path] = []
            if isinstance(node, EventPropertyEquals):
                compared = [(node.path,)]
            yield _Spoken(path, event_type, compared)


def _filtered(occurrence: Occurrence) -> list[Path]:
    return [tuple(steps(each.path)) for each in occurrence.filters if each.op != "missing"]
