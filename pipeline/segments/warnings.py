"""What a marketer may want to look at again before trusting an audience."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.catalogue import MOST_TYPES, Sample, distinct_types, looked_at, sample, type_names
from pipeline.models import Event
from pipeline.rules import Rule, walk
from pipeline.rules.english import quoted
from pipeline.rules.intervals import Interval
from pipeline.rules.paths import in_words, steps
from pipeline.rules.rule import Mention
from pipeline.rules.windows import Windowed
from pipeline.segments.references import resolve


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """What is odd about the node at `path` of a definition, in one sentence."""

    path: str
    message: str


def rule_warnings(session: Session, rule: Rule, *, now: datetime) -> list[RuleWarning]:
    """What is odd about a rule, by its form and by what there is in the database.

    A property counts as never seen when none of the newest 1,000 events of the type has it, as far
    as those are looked into. Raises Invalid for a reference to no segment.
    """
    rule = resolve(session, rule)
    observed = _Observed(session)
    return [
        RuleWarning(path, message)
        for path, node in walk(rule)
        for message in (
            *(_by_form(node) if _begins(node) or (path == "" and not _repeats(node)) else ()),
            *_by_window(node.interval(now), observed),
            *(each for mention in node.mentions for each in _by_mention(mention, observed)),
        )
    ]


class _Observed:
    """What there is, looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.types = type_names(session)
        self.first_at = _first_event_at(session)
        self._samples: dict[str | None, Sample] = {}

    def sample(self, event_type: str | None) -> Sample:
        if event_type not in self._samples:
            self._samples[event_type] = sample(self._session, event_type)
        return self._samples[event_type]


def _first_event_at(session: Session) -> datetime | None:
    """When the first event of all was; one index probe for each type."""
    types = distinct_types()
    first = sa.select(sa.func.min(Event.occurred_at)).where(Event.type == types.c.type)
    query = sa.select(sa.func.min(first.scalar_subquery())).select_from(types)
    return session.scalars(query).one()


def _begins(rule: Rule) -> bool:
    """Whether it is not one of its rules that decides it."""
    return all(child.decided is None for child in rule.children.values())


def _repeats(rule: Rule) -> bool:
    """Whether it says what the only rule that it is made of says."""
    return [rule.sentence()] == [child.sentence() for child in rule.children.values()]


def _by_form(rule: Rule) -> Iterator[str]:
    if rule.decided is not None:
        who = "everybody is" if rule.decided else "nobody can be"
        is_never = isinstance(rule, Windowed) and rule.is_never
        cause = "; the first day is after the last" if is_never else ""
        yield f"Whatever happened, {who} among the customers who {rule.sentence()}{cause}"


def _by_window(interval: Interval | None, observed: _Observed) -> Iterator[str]:
    first_at = observed.first_at
    if interval is None or first_at is None:
        return
    if interval.start and interval.start < first_at:
        yield (
            f"The time looked at begins on {interval.start:%Y-%m-%d},"
            f" before the first event of all ({first_at:%Y-%m-%d})"
        )
    elif interval.start is None and interval.end and interval.end <= first_at:
        yield (
            f"The time looked at ends on {interval.end:%Y-%m-%d},"
            f" before the first event of all ({first_at:%Y-%m-%d})"
        )


def _by_mention(mention: Mention, observed: _Observed) -> Iterator[str]:
    event_type = mention.event_type
    if event_type is None and len(observed.types) > MOST_TYPES:
        return  # a type that is not in the sample may have the property
    if event_type is not None and event_type not in observed.types:
        nearest = _nearest(event_type, observed.types)
        yield f"No event of the type {quoted(event_type)} has been seen{nearest}"
        return
    if mention.paths:
        yield from _by_paths(mention, observed.sample(event_type))


def _by_paths(mention: Mention, known: Sample) -> Iterator[str]:
    seen = {in_words([*each.path]): each for each in known.properties}
    events = "events" if known.is_whole else "newest events"
    if mention.event_type is not None:
        events += f" of the type {quoted(mention.event_type)}"
    for path in mention.paths:
        name = in_words(path)
        found = seen.get(in_words([*looked_at(steps(path))]))
        if found is None:
            yield f"No {name} has been seen in the {events}{_nearest(name, seen)}"
        elif mention.as_texts and not found.texts:
            yield (
                f"{name} has never been a text in the {events}, and is compared with one;"
                ' for numbers take "did something" with a filter'
            )


def _nearest(name: str, names: Iterable[str]) -> str:
    # Letter case first: that is how names are mistaken most.
    by_lower = {each.lower(): each for each in names}
    found = get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {quoted(by_lower[found[0]])}?" if found else ""
