"""The rule language in plain Python over lists of events: what the SQL has to answer.

Written from the description of the language and never from its implementation, so that the two
agree only where both are right. Numbers are fractions here: nothing is ever rounded.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Definition = Mapping[str, Any]
#: A JSON value that can be compared, with its type: ("number", Fraction(1)), ("boolean", True).
Typed = tuple[str, Any]


@dataclass(frozen=True)
class Did:
    """One event of somebody."""

    type: str
    at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """A customer, with or without events."""

    email: str
    events: tuple[Did, ...] = ()


@dataclass(frozen=True)
class World:
    """Everybody there is, and the saved segments by id."""

    people: tuple[Person, ...]
    segments: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A customer as of a moment: later events have not happened."""

    email: str
    events: tuple[Did, ...]
    as_of: datetime
    segments: Mapping[str, Definition]


def members(world: World, definition: Definition, as_of: datetime) -> set[str]:
    """The addresses of those who match as of that moment."""
    return {who.email for who in people(world, as_of) if matches(who, definition)}


def people(world: World, as_of: datetime) -> list[Seen]:
    """Those who exist as of that moment."""
    everybody = ((person, as_seen(world, person, as_of)) for person in world.people)
    # Somebody without any event always exists; somebody whose events are yet to come does not.
    return [who for person, who in everybody if who.events or not person.events]


def matches(who: Seen, definition: Definition) -> bool:
    """Whether a customer who exists is one that the definition means."""
    return KINDS[definition["kind"]](who, definition)


def as_seen(world: World, person: Person, as_of: datetime) -> Seen:
    """Somebody as of that moment, whether they exist then or not."""
    events = tuple(each for each in person.events if each.at <= as_of)
    return Seen(person.email, events, as_of, world.segments)


# ----------------------------------------------------------------------------------------- events
def happened(who: Seen, rule: Definition) -> list[Did]:
    """The events of the type, in the window, for which all filters hold."""
    return [
        each
        for each in who.events
        if is_such(each, rule) and within(rule.get("window"), each.at, who.as_of)
    ]


def is_such(event: Did, rule: Definition) -> bool:
    """Whether the event has the type and passes the filters."""
    event_type = rule["eventType"]
    return (event_type is None or event.type == event_type.strip()) and all(
        passes(each, event.properties) for each in rule.get("filters", ())
    )


def within(window: Definition | None, at: datetime, as_of: datetime) -> bool:
    """Whether a moment lies in the window."""
    if window is None:
        return True
    ((name, extent),) = window.items()
    if name == "lastDays":
        return at >= as_of - timedelta(hours=24 * extent)
    if name == "olderThanDays":
        return at < as_of - timedelta(hours=24 * extent)
    assert name == "between"
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in extent)
    return start <= at < end


# ------------------------------------------------------------------------------------- properties
def found(properties: Mapping[str, Any], path: str | Sequence[str | int]) -> Any:
    """What lies at the path; None for nothing, as for JSON null."""
    value: Any = properties
    for step in [path] if isinstance(path, str) else path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def typed(value: Any) -> Typed | None:
    """A scalar with its JSON type; None for what is missing, an object or an array."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, str):
        return "string", value
    exact = number(value)
    return None if exact is None else ("number", exact)


def number(value: Any) -> Fraction | None:
    """The exact value of a number; None for anything else, a boolean included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return Fraction(repr(value))  # 0.1 is a tenth, as it was written
    return Fraction(value) if isinstance(value, int | Decimal) else None


def passes(condition: Definition, properties: Mapping[str, Any]) -> bool:
    """Whether one filter holds."""
    value = found(properties, condition["path"])
    if value is None or condition["op"] in ("exists", "missing"):
        return (value is None) == (condition["op"] == "missing")
    return FILTERS[condition["op"]](value, condition["value"])


def same(value: Any, expected: Any) -> bool:
    """Whether two scalars are equal in type and value."""
    return typed(value) is not None and typed(value) == typed(expected)


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison of a number with a number, a string with a string, and of nothing else."""

    def holds(value: Any, expected: Any) -> bool:
        left, right = typed(value), typed(expected)
        if left is None or right is None or left[0] != right[0] or left[0] == "boolean":
            return False
        return compare(left[1], right[1])

    return holds


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "greater": operator.gt,
    "greater_or_equal": operator.ge,
    "less": operator.lt,
    "less_or_equal": operator.le,
}
COMPARE = {"equals": operator.eq, "not_equals": operator.ne, **ORDER}
FILTERS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": same,
    "not_equals": lambda value, expected: not same(value, expected),
    "in": lambda value, expected: any(same(value, each) for each in expected),
    "contains": lambda value, expected: isinstance(value, str) and expected in value,
    "starts_with": lambda value, expected: isinstance(value, str) and value.startswith(expected),
    **{name: ordered(compare) for name, compare in ORDER.items()},
}


# ----------------------------------------------------------------------------------- the new kinds
def event(who: Seen, rule: Definition) -> bool:
    count = rule.get("count") or {"op": "greater_or_equal", "value": 1}
    return COMPARE[count["op"]](len(happened(who, rule)), count["value"])


def event_value(who: Seen, rule: Definition) -> bool:
    value = aggregate(who, rule)
    return value is not None and COMPARE[rule["op"]](value, number(rule["value"]))


def aggregate(who: Seen, rule: Definition) -> Fraction | None:
    """The aggregate over the events; None without any value to aggregate."""
    values = [found(each.properties, rule["path"]) for each in happened(who, rule)]
    if rule["aggregate"] == "distinct":
        different = {typed(value) for value in values} - {None}
        return Fraction(len(different)) if different else None
    numbers = [exact for exact in map(number, values) if exact is not None]
    return AGGREGATES[rule["aggregate"]](numbers) if numbers else None


AGGREGATES: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "sum": lambda numbers: sum(numbers, Fraction()),
    "avg": lambda numbers: sum(numbers, Fraction()) / len(numbers),
    "min": min,
    "max": max,
}


def sequence(who: Seen, rule: Definition) -> list[Did]:
    """The first events that were followed in time; with `negate` those that were not."""
    time = timedelta(hours=rule["withinHours"])
    firsts = happened(who, {**rule["first"], "window": rule.get("window")})
    if not rule.get("negate", False):
        return [first for first in firsts if _followed(who, first, rule["then"], time)]
    over = [first for first in firsts if first.at + time <= who.as_of]
    return [first for first in over if not _followed(who, first, rule["then"], time)]


def _followed(who: Seen, first: Did, then: Definition, time: timedelta) -> bool:
    return any(first.at < each.at <= first.at + time and is_such(each, then) for each in who.events)


def seen_at(pick: Callable[[Iterable[datetime]], datetime]) -> Callable[[Seen, Definition], bool]:
    """Whether the one event that is picked lies in the window."""

    def holds(who: Seen, rule: Definition) -> bool:
        moments = [each.at for each in who.events]
        return bool(moments) and within(rule.get("window"), pick(moments), who.as_of)

    return holds


def email(who: Seen, rule: Definition) -> bool:
    values = rule["value"] if rule["op"] == "in" else [rule["value"]]
    return any(ADDRESSES[rule["op"]](who.email.lower(), value.lower()) for value in values)


ADDRESSES: dict[str, Callable[[str, str], bool]] = {
    "equals": operator.eq,
    "in": operator.eq,
    "contains": operator.contains,
    "ends_with": str.endswith,
}


# ----------------------------------------------------------------------- the kinds of the contract
def lately(who: Seen, rule: Definition) -> list[Did]:
    """The events of the last days; with `path` and `value`, those that have that property."""
    filters = []
    if rule["kind"] == "event_property_equals":
        filters = [{"path": rule["path"].strip(), "op": "equals", "value": rule["value"]}]
    window = {"lastDays": rule["days"]}
    return happened(who, {"eventType": rule["eventType"], "filters": filters, "window": window})


#: The events that a kind of rule speaks of.
EVENTS: dict[str, Callable[[Seen, Definition], list[Did]]] = {
    "event": happened,
    "event_value": happened,
    "sequence": sequence,
    "event_type_in_last_days": lately,
    "event_property_equals": lately,
    "event_count_gte_in_last_days": lately,
}
KINDS: dict[str, Callable[[Seen, Definition], bool]] = {
    "all": lambda who, rule: all(matches(who, each) for each in rule["rules"]),
    "any": lambda who, rule: any(matches(who, each) for each in rule["rules"]),
    "not": lambda who, rule: not matches(who, rule["rule"]),
    "event": event,
    "event_value": event_value,
    "sequence": lambda who, rule: bool(sequence(who, rule)),
    "first_seen": seen_at(min),
    "last_seen": seen_at(max),
    "email": email,
    "segment": lambda who, rule: matches(who, who.segments[rule["segmentId"]]),
    "event_type_in_last_days": lambda who, rule: bool(lately(who, rule)),
    "event_property_equals": lambda who, rule: bool(lately(who, rule)),
    "event_count_gte_in_last_days": lambda who, rule: len(lately(who, rule)) >= rule["minCount"],
}


def nodes(world: World, definition: Definition) -> Iterator[Definition]:
    """The definition and all that it is made of, each before its parts."""
    yield definition
    for part in parts(world, definition):
        yield from nodes(world, part)


def parts(world: World, definition: Definition) -> list[Definition]:
    """The rules inside a group, what a segment stands for; none in any other leaf."""
    if definition["kind"] == "segment":
        return [world.segments[definition["segmentId"]]]
    return [definition["rule"]] if "rule" in definition else definition.get("rules", [])
