"""Worlds and definitions for Hypothesis, made to meet at every boundary.

What people did lies on a coarse grid of moments, give or take a microsecond, so that windows end at
events; types, keys and values are few in each world, so that filters hold; and definitions draw
from what is in the world, or from what only looks like it: `"42"` for `42`, `true` for `1`.
"""

import operator
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from pipeline import exact_json
from tests import oracle
from tests.factories import NOW, TICK
from tests.oracle import Definition, Did, Person, World

Path = tuple[str | int, ...]

TYPES = ["visit", "Visit", "purchase", "added to cart", "vis%", "v'i\"s\\it", "é", "$event"]
KEYS = [
    "sku", "a.b", "a", "$", "$.a", 'q"k', "it's", "b\\k", "b\\", '"', "[0]", "0", "1", "0", "1",
    "-", "%", "_", "%s", ":x", "?", "{a}", "a,b", "#", "é", "e\u0301", "\U0001f600", "\ufffd",
    " a", "a\nb", "",
]  # fmt: skip
EMAILS = [
    "ada@example.com", "bob@example.com", "a%a@example.com", "a_a@x.example", "o'b@x.example",
    "é@example.com", "back\\slash@x.example", "ada@example.com.x",
]  # fmt: skip

# Each of a family is easily taken for another.
FAMILIES: list[list[Any]] = [
    [1, 1.0, True, "1"],
    [1, "1.0", True, "true", Decimal("1.0000000000000000000001")],
    [0, -0.0, False, "", "0", "false", "null", -1, 1e-300],
    [42, "42", 42.0, 42.5, "42.5", Decimal("42.50000000000000000000")],
    [100, "100", 9, "9"],
    [2**53, 2**53 + 1, float(2**53), Decimal(2**53) + Decimal("0.5"), str(2**53)],
    [2**63, 2**63 - 1, -(2**63), 2**64 + 1, 10**30, 10**30 + 1, 1e308, -1e308],
    [0.1, 0.2, 0.3, 0.30000000000000004, Decimal("0.1000000000000000055511151231257827"), "0.1"],
    [sys.float_info.max, -sys.float_info.max, 5e-324, -5e-324, 2.2250738585072014e-308],
    [Decimal("0.1234567890123456789"), Decimal("0.1234567890123456788"), 0.12345678901234568],
    ["a", "A", "ab", "AB", "b"],
    ["ab", "a%", "a_", "%", "_", "%%"],
    ["a\\", "\\", "a\\b", "\\\\", "a\\%", "a%"],
    ["é", "e\u0301", "\x7f", "z", "Z"],
    ["\ufffd", "\ue000", "\U0001f600"],
    ["2026-06-15", "2026-06-15T12:00:00Z", "2026-06-14", "2026"],
    ["'", '"', "'; drop table events; --", "$", "/pricing", "/pricing/a", "\n", " a", "\x01"],
]
_ABSENT = object()
_FAMILY_OF = {(type(value), str(value)): family for family in FAMILIES for value in family}

DAYS = [1, 2, 7, 30]
HOURS = [1, 12, 24, 48, 7 * 24]
SPANS = [timedelta(0), *(timedelta(hours=hours) for hours in HOURS), timedelta(days=30)]
# Noons and midnights: where one window ends, whole or half days long, others begin.
GRID = [NOW - timedelta(hours=12 * n) for n in (0, 1, 2, 3, 4, 5, 13, 14, 15, 16, 60, 61, 62, 74)]
DATES = [f"{NOW - timedelta(days=n):%Y-%m-%d}" for n in (37, 31, 30, 8, 7, 2, 1, 0, -1)]

Seldom = st.sampled_from([*[False] * 7, True])
Ticks = st.sampled_from([*[timedelta(0)] * 4, TICK, -TICK, timedelta(milliseconds=1)])
Moments = st.builds(lambda at, tick: at + tick, st.sampled_from(GRID), Ticks)
SCALARS = [value for family in FAMILIES for value in family]
Scalars = st.sampled_from(SCALARS)
Numbers = st.sampled_from([value for value in SCALARS if oracle.number(value) is not None])
Windows: st.SearchStrategy[Definition | None] = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from([{"lastDays": days} for days in DAYS]),
    st.sampled_from([{"olderThanDays": days} for days in DAYS]),
    st.sampled_from(
        [{"between": [a, b]} for n, a in enumerate(DATES) for b in DATES[n:]],
    ),
)


# ------------------------------------------------------------------------------------------ worlds
@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Some customers with up to eight events each, and up to two saved segments."""
    person = st.builds(Person, st.sampled_from(EMAILS), _histories(_events(draw)))
    people = st.lists(person, min_size=3, max_size=5, unique_by=lambda person: person.email)
    world = World(tuple(draw(people)))
    for number in range(draw(st.integers(0, 2))):
        saved = {str(uuid.UUID(int=number)): definition(draw, Facts(world), depth=1)}
        world = World(world.people, {**world.segments, **saved})
    return world


def _histories(event: st.SearchStrategy[Did]) -> st.SearchStrategy[tuple[Did, ...]]:
    lengths = st.sampled_from([0, 1, 2, 4, 4, 6, 8])
    return lengths.flatmap(lambda length: st.tuples(*[event] * length))


def _events(draw: st.DrawFn) -> st.SearchStrategy[Did]:
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True))
    names = draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
    value = st.sampled_from([_ABSENT, *_values(draw, st.sampled_from(names))])
    properties = st.tuples(*(value for _ in names)).map(
        lambda values: {k: v for k, v in zip(names, values, strict=True) if v is not _ABSENT}
    )
    return st.builds(Did, st.sampled_from(types), Moments, properties)


def _values(draw: st.DrawFn, keys: st.SearchStrategy[str]) -> list[Any]:
    scalars = draw(st.lists(Numbers, min_size=1, max_size=2))
    for family in draw(st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=2)):
        scalars += draw(st.lists(st.sampled_from([*family, None]), min_size=2, max_size=4))
    scalar = st.sampled_from(scalars)
    flat = st.lists(scalar, max_size=2) | st.dictionaries(keys, scalar, max_size=2)
    deep = st.lists(flat, max_size=2) | st.dictionaries(keys, flat, max_size=2)
    return scalars + draw(st.lists(flat | deep, max_size=3))


class Facts:
    """What definitions about a world draw from."""

    def __init__(self, world: World) -> None:
        events = [each for person in world.people for each in person.events]
        moments = [NOW, *(each.at for each in events)]
        self.world = world
        telling = [each for each in events if each.properties]
        self.events = st.sampled_from([*telling, *events] or [Did("visit", NOW, {"sku": 1})])
        self.as_of = st.sampled_from(_distinct(at + span for at in moments for span in SPANS))
        self.emails = st.sampled_from([person.email for person in world.people])
        self.segments = sorted(world.segments)


# ------------------------------------------------------------------------------------- definitions
def definition(draw: st.DrawFn, facts: Facts, depth: int = 3) -> Definition:
    """A definition about such a world, mostly one that somebody there is about to match."""
    kinds = LEAVES if depth == 0 else LEAVES + GROUPS
    kind = draw(st.sampled_from(kinds))
    if kind == "segment" and not facts.segments:
        kind = "event"
    if kind in GROUPS:
        return {"kind": kind, **_group(draw, facts, depth, kind)}
    return {"kind": kind, **LEAF[kind](draw, facts)}


def _group(draw: st.DrawFn, facts: Facts, depth: int, kind: str) -> Definition:
    if kind == "not":
        return {"rule": definition(draw, facts, depth - 1)}
    number = draw(st.integers(1, 3))
    return {"rules": [definition(draw, facts, depth - 1) for _ in range(number)]}


def _event(draw: st.DrawFn, facts: Facts) -> Definition:
    return {**_such(draw, draw(facts.events)), **_window(draw), **_count(draw)}


def _count(draw: st.DrawFn) -> Definition:
    if draw(st.booleans()):
        return {}
    op = draw(st.sampled_from([*oracle.COMPARE]))
    return {"count": {"op": op, "value": draw(st.integers(0, 3))}}


def _event_value(draw: st.DrawFn, facts: Facts) -> Definition:
    about = draw(facts.events)
    aggregate = draw(st.sampled_from([*oracle.AGGREGATES, "distinct", "distinct"]))
    wanted = object if aggregate == "distinct" else int | float | Decimal
    rule: Definition = {
        **_such(draw, about),
        **_window(draw),
        "path": _path(draw, _found(draw, about, wanted)[0]),
        "aggregate": aggregate,
        "op": draw(st.sampled_from([*oracle.COMPARE])),
    }
    return {**rule, "value": draw(st.sampled_from(_results(rule, facts.world, draw(facts.as_of))))}


def _results(rule: Definition, world: World, as_of: datetime) -> list[Any]:
    """The very values that people have, as far as they can be written down."""
    found = (oracle.aggregate(who, rule) for who in oracle.people(world, as_of))
    return [text for value in found if value is not None for text in _written(value)] or [0, 1]


def _written(value: Fraction) -> list[Any]:
    """The number, if it has an end, and as it reads when rounded at some usual lengths."""
    numbers = [
        Context(prec).divide(Decimal(value.numerator), Decimal(value.denominator))
        for prec in (700, 16, 20)
    ]
    exact = [numbers[0]] * 3 if Fraction(numbers[0]) == value else []
    writable = filter(_is_a_double, exact + numbers[1:])
    return [exact_json.number(str(number)) for number in writable]


def _is_a_double(number: Decimal) -> bool:
    """Whether a definition can have it: an average may be smaller, a total larger."""
    return not number or 5e-324 <= abs(number) <= sys.float_info.max


def _sequence(draw: st.DrawFn, facts: Facts) -> Definition:
    return {
        "first": _such(draw, draw(facts.events)),
        "then": _such(draw, draw(facts.events)),
        "withinHours": draw(st.sampled_from(HOURS)),
        **_window(draw),
        **draw(st.sampled_from([{}, {"negate": False}, {"negate": True}, {"negate": True}])),
    }


def _seen(draw: st.DrawFn, facts: Facts) -> Definition:
    return _window(draw)


def _email(draw: st.DrawFn, facts: Facts) -> Definition:
    op = draw(st.sampled_from([*oracle.ADDRESSES]))
    if op == "in":
        return {"op": op, "value": draw(st.lists(facts.emails, min_size=1, max_size=2))}
    address = draw(facts.emails)
    cut = draw(st.sampled_from([0, 0, 1, 2, address.index("@"), len(address) - 1]))
    end = draw(st.sampled_from([None, None, -1])) if op == "contains" else None
    value = address[cut:end] or "@"
    return {"op": op, "value": value.upper() if draw(Seldom) else value}


def _segment(draw: st.DrawFn, facts: Facts) -> Definition:
    return {"segmentId": draw(st.sampled_from(facts.segments))}


def _did_lately(draw: st.DrawFn, facts: Facts) -> Definition:
    return {"eventType": draw(facts.events).type, "days": draw(st.sampled_from(DAYS))}


def _did_often_lately(draw: st.DrawFn, facts: Facts) -> Definition:
    return {**_did_lately(draw, facts), "minCount": draw(st.integers(1, 3))}


def _did_with_lately(draw: st.DrawFn, facts: Facts) -> Definition:
    about = draw(facts.events)
    named = {key: value for key, value in about.properties.items() if key == key.strip() != ""}
    texts = [(key, value) for key, value in named.items() if isinstance(value, str)]
    path, value = draw(st.sampled_from(texts or [*named.items()] or [("sku", 1)]))
    days = draw(st.sampled_from(DAYS))
    return {"eventType": about.type, "path": path, "value": str(value), "days": days}


LEAF: dict[str, Callable[[st.DrawFn, Facts], Definition]] = {
    "event": _event,
    "event_value": _event_value,
    "sequence": _sequence,
    "first_seen": _seen,
    "last_seen": _seen,
    "email": _email,
    "segment": _segment,
    "event_type_in_last_days": _did_lately,
    "event_property_equals": _did_with_lately,
    "event_count_gte_in_last_days": _did_often_lately,
}
LEAVES = [*["event"] * 9, *["event_value"] * 5, *["sequence"] * 4, *LEAF]
GROUPS = ["all", "any", "not", "all", "any", "not"]


# ------------------------------------------------------------------------------- parts of a leaf
def _window(draw: st.DrawFn) -> Definition:
    window = draw(Windows)
    return {} if window is None and draw(st.booleans()) else {"window": window}


def _such(draw: st.DrawFn, about: Did) -> Definition:
    """Events of the type, often with filters that the event itself passes."""
    event_type = None if draw(Seldom) else about.type
    filters = [_filter(draw, about) for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2])))]
    return {"eventType": event_type, **({"filters": filters} if filters else {})}


def _filter(draw: st.DrawFn, about: Did) -> Definition:
    op = draw(st.sampled_from(["equals", "exists", "missing", *oracle.FILTERS]))
    path, value = _found(draw, about, str if op in ("contains", "starts_with") else object)
    condition = {"path": _path(draw, path), "op": op}
    if op in ("exists", "missing"):
        return condition
    return {**condition, "value": VALUES.get(op, _scalar)(draw, value)}


def _found(draw: st.DrawFn, about: Did, wanted: Any) -> tuple[Path, Any]:
    """A place in the event's properties and what is there, of the wanted type if there is one."""
    places = [*_places((), about.properties)] or [(("sku",), 1)]
    fitting = [(path, value) for path, value in places if isinstance(value, wanted)]
    return draw(st.sampled_from(fitting or places))


def _places(prefix: Path, value: Any) -> Iterable[tuple[Path, Any]]:
    inner = value.items() if isinstance(value, Mapping) else enumerate(value)
    for step, each in inner:
        yield (*prefix, step), each
        if isinstance(each, Mapping | list):
            yield from _places((*prefix, step), each)


def _path(draw: st.DrawFn, path: Path) -> str | list[str | int]:
    """The path as it is written, or one that a careless reader takes for it."""
    if draw(Seldom):
        path = draw(st.sampled_from([*_mistaken(path)]))
    (first, *others) = path
    as_text = not others and isinstance(first, str) and first.strip()
    return first if as_text and draw(st.booleans()) else [*path]


def _mistaken(path: Path) -> Iterable[Path]:
    for n, step in enumerate(path):
        if str(step) in ("0", "1"):
            yield (*path[:n], int(step) if isinstance(step, str) else str(step), *path[n + 1 :])
            return
    yield (*path, 0)
    yield (*path, "0")
    yield path[:1]
    yield (".".join(map(str, path)),)


def _scalar(draw: st.DrawFn, value: Any) -> Any:
    """The value, one of its family, or anything."""
    family = _FAMILY_OF.get((type(value), str(value)))
    if family is None or draw(Seldom):
        return draw(Scalars)
    return draw(st.sampled_from([*[value] * len(family), *family]))


def _text(draw: st.DrawFn, value: Any) -> str:
    text = str(draw(st.sampled_from(_FAMILY_OF.get((type(value), str(value)), [value]))))
    return text[draw(st.sampled_from([0, 0, 0, 1])) :][: draw(st.sampled_from([99, 2, 1]))]


def _several(draw: st.DrawFn, value: Any) -> list[Any]:
    return [_scalar(draw, value) for _ in range(draw(st.integers(1, 3)))]


VALUES: dict[str, Callable[[st.DrawFn, Any], Any]] = {
    "in": _several,
    "contains": _text,
    "starts_with": _text,
}


# --------------------------------------------------------------------------------------- questions
@dataclass(frozen=True)
class Questions:
    """A world, and what to ask about it: each definition as of each moment."""

    world: World
    definitions: list[Definition]
    moments: list[datetime]


def questions(definitions: int, moments: int) -> st.SearchStrategy[Questions]:
    """A world with that many definitions and that many moments, all different."""
    # Left alone, Hypothesis makes five of six examples by copying parts of the one before. It has
    # no use for copies in a collection whose members differ, and so makes each one anew.
    one = st.lists(_questions(definitions, moments), **_exactly(1), unique_by=id)
    return one.map(operator.itemgetter(0))


@st.composite
def _questions(draw: st.DrawFn, definitions: int, moments: int) -> Questions:
    world = draw(worlds())
    facts = Facts(world)
    asked = st.composite(definition)(facts)
    return Questions(
        world,
        draw(st.lists(asked, **_exactly(definitions), unique_by=exact_json.dumps)),
        draw(st.lists(facts.as_of, **_exactly(moments), unique=True)),
    )


def _exactly(size: int) -> dict[str, Any]:
    return {"min_size": size, "max_size": size}


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
