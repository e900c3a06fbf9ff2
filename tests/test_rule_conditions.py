"""Who matches: each kind, each operator, at every boundary, plain and negated."""

import operator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.ids import customer_id
from pipeline.models import Customer, Event
from pipeline.rules import parse
from pipeline.segments import count, matches
from tests.factories import NOW, TICK, ago, ask, count_rows, did
from tests.language import (
    all_of,
    any_of,
    email,
    event,
    not_,
    seen,
    sequence,
    times,
    value,
    where,
)

ADA = "ada@example.com"
HOUR = timedelta(hours=1)


def members(session: Session, definition: dict[str, Any], now: datetime = NOW) -> list[str]:
    """The addresses of those who match; the others have to match the negation."""
    found, others = (
        session.scalars(
            sa.select(Customer.email)
            .where(matches(session, parse(asked), now))
            .order_by(Customer.email)
        ).all()
        for asked in (definition, not_(definition))
    )
    there = count(session, parse(all_of(email("contains", "@"))), now=now)
    assert len({*found, *others}) == len(found) + len(others) == there
    return [*found]


def holds(database: Database, definition: dict[str, Any], now: datetime = NOW) -> bool:
    """Whether Ada matches."""
    return ADA in ask(database, members, definition, now)


def somebody(database: Database, address: str) -> None:
    """A customer who never did anything."""
    fields = {"id": customer_id(address), "created_at": NOW, "updated_at": NOW}
    ask(database, lambda session: session.add(Customer(email=address, **fields)))


def wrong(database: Database, cases: list[tuple[dict[str, Any], bool]]) -> list[dict[str, Any]]:
    """The definitions whose answer for Ada, or that of their negation, is not as it says there."""
    definitions = [each for definition, _ in cases for each in (definition, not_(definition))]
    with database.read() as session:
        conditions = [
            matches(session, parse(each), NOW).label(f"c{n}") for n, each in enumerate(definitions)
        ]
        found = session.execute(sa.select(*conditions).where(Customer.email == ADA)).one()
    expected = [each for _, right in cases for each in (right, not right)]
    answers = zip(definitions, found, expected, strict=True)
    return [definition for definition, answer, right in answers if answer is not right]


# ----------------------------------------------------------------------------------------- filters
PROPERTIES: dict[str, Any] = {
    "text": "Blue Mug",
    "digits": "42",
    "day": "2026-06-15",
    "accent": "é",
    "emoji": "\U0001f600",
    "private": "\ue000",
    "empty": "",
    "percent": "100%_a\\b",
    "quote": 'it\'s "so"',
    "int": 42,
    "one": 1,
    "float": 1.0,
    "tenth": 0.1,
    "exact": Decimal("0.1234567890123456789"),
    "huge": 10**30 + 1,
    "negative": -5,
    "zero": -0.0,
    "yes": True,
    "no": False,
    "null": None,
    "list": ["a", {"b": "c"}, None, 5],
    "object": {"a": {"b": "c"}, "0": "zero", "list": "x"},
    "a.b": "dotted",
    "$": "dollar",
    "$.a": "dollar path",
    '"q"': "quoted",
    "it's": "apostrophe",
    "back\\slash": "backslash",
    "%": "wild",
    " padded ": "padded",
    "": "nameless",
    "0": "a key",
    "line\nbreak": "broken",
}

#: path, operator, value, whether it holds
EQUALITY: list[tuple[Any, str, Any, bool]] = [
    ("text", "equals", "Blue Mug", True),
    ("text", "equals", "blue mug", False),
    ("text", "equals", "Blue Mug ", False),
    ("digits", "equals", "42", True),
    ("digits", "equals", 42, False),
    ("int", "equals", 42, True),
    ("int", "equals", 42.0, True),
    ("int", "equals", "42", False),
    ("float", "equals", 1, True),
    ("one", "equals", 1.0, True),
    ("one", "equals", True, False),
    ("yes", "equals", True, True),
    ("yes", "equals", 1, False),
    ("yes", "equals", "true", False),
    ("no", "equals", False, True),
    ("no", "equals", 0, False),
    ("zero", "equals", 0, True),
    ("tenth", "equals", 0.1, True),
    ("tenth", "equals", Decimal("0.1000000000000000055"), False),
    ("exact", "equals", Decimal("0.1234567890123456789"), True),
    ("exact", "equals", Decimal("0.1234567890123456788"), False),
    ("exact", "equals", 0.12345678901234568, False),
    ("huge", "equals", 10**30 + 1, True),
    ("huge", "equals", 10**30, False),
    ("empty", "equals", "", True),
    ("null", "equals", "null", False),
    ("null", "equals", False, False),
    ("list", "equals", '["a"]', False),
    ("object", "equals", "x", False),
    ("nothing", "equals", "", False),
    ("percent", "equals", "100%_a\\b", True),
    ("quote", "equals", 'it\'s "so"', True),
]
NEGATED_EQUALITY = [
    ("text", "not_equals", "Blue Mug", False),
    ("text", "not_equals", "x", True),
    ("int", "not_equals", "42", True),
    ("float", "not_equals", 1, False),
    ("yes", "not_equals", 1, True),
    ("list", "not_equals", "a", True),
    ("object", "not_equals", 1, True),
    ("null", "not_equals", 1, False),
    ("nothing", "not_equals", 1, False),
    ("exact", "not_equals", 0.12345678901234568, True),
]
MEMBERSHIP = [
    ("int", "in", [1, "42", 42], True),
    ("int", "in", ["42", True], False),
    ("yes", "in", ["true", 1], False),
    ("yes", "in", [True], True),
    ("float", "in", [1], True),
    ("text", "in", ["a", "Blue Mug"], True),
    ("huge", "in", [1.0, 10**30 + 1], True),
    ("null", "in", ["null", 0, False, ""], False),
    ("nothing", "in", [""], False),
    ("list", "in", ["a"], False),
    ("int", "in", [*range(-957, 43)], True),
]
ORDER = [
    ("int", "greater", 41.999, True),
    ("int", "greater", 42, False),
    ("int", "greater_or_equal", 42.0, True),
    ("int", "less", 42, False),
    ("int", "less", Decimal("42.00000000000000000001"), True),
    ("int", "less_or_equal", Decimal("41.99999999999999999999"), False),
    ("int", "greater", "41", False),
    ("int", "less", "43", False),
    ("digits", "greater", 41, False),
    ("digits", "greater", "41", True),
    ("digits", "less", "5", True),
    ("digits", "less_or_equal", "42", True),
    ("digits", "greater_or_equal", "420", False),
    ("yes", "greater", 0, False),
    ("yes", "greater_or_equal", True, False),
    ("yes", "less_or_equal", True, False),
    ("negative", "less", 0, True),
    ("zero", "less", 0, False),
    ("zero", "greater_or_equal", 0, True),
    ("tenth", "greater", Decimal("0.09999999999999999999"), True),
    ("tenth", "less", Decimal("0.1000000000000000055"), True),
    ("exact", "greater", Decimal("0.1234567890123456788"), True),
    ("exact", "less_or_equal", Decimal("0.1234567890123456788"), False),
    ("huge", "greater", 10**30, True),
    ("huge", "less", 1e308, True),
    ("huge", "greater", -1e308, True),
    ("day", "greater_or_equal", "2026-06-15", True),
    ("day", "greater", "2026-06-14T23:59:59Z", True),
    ("day", "less", "2026-06-15T00:00:00Z", True),
    ("text", "less", "a", True),  # capitals come first
    ("accent", "greater", "z", True),
    ("emoji", "greater", "\uffff", True),
    ("private", "less", "\U0001f600", True),
    ("empty", "less", "a", True),
    ("empty", "greater_or_equal", "", True),
    ("null", "less", "x", False),
    ("null", "less", 1, False),
    ("list", "greater", "", False),
    ("nothing", "greater_or_equal", "", False),
]
TEXT = [
    ("text", "contains", "e M", True),
    ("text", "contains", "mug", False),
    ("text", "contains", "", True),
    ("text", "contains", "%", False),
    ("percent", "contains", "%", True),
    ("percent", "contains", "_a", True),
    ("percent", "contains", "0_", False),
    ("percent", "contains", "a\\b", True),
    ("percent", "contains", "a%b", False),
    ("int", "contains", "4", False),
    ("null", "contains", "", False),
    ("list", "contains", "a", False),
    ("nothing", "contains", "", False),
    ("text", "starts_with", "Blue", True),
    ("text", "starts_with", "blue", False),
    ("text", "starts_with", "Mug", False),
    ("text", "starts_with", "", True),
    ("text", "starts_with", "Blue Mug", True),
    ("text", "starts_with", "Blue Mug!", False),
    ("percent", "starts_with", "100%_", True),
    ("percent", "starts_with", "1%", False),
    ("accent", "starts_with", "e", False),
    ("emoji", "starts_with", "\U0001f600", True),
    ("int", "starts_with", "4", False),
]
PRESENCE = [
    (path, op, None, there == (op == "exists"))
    for path, there in [
        ("text", True),
        ("empty", True),
        ("no", True),
        ("zero", True),
        ("list", True),
        ("object", True),
        ("null", False),
        ("nothing", False),
        ("Text", False),
        (["list", 2], False),
        (["list", 3], True),
        (["list", 4], False),
        (["object", "a"], True),
        (["object", "a", "b", "c"], False),
    ]
    for op in ("exists", "missing")
]
PATHS = [
    ("a.b", "equals", "dotted", True),
    (["a", "b"], "exists", None, False),
    (["object", "a", "b"], "equals", "c", True),
    ("object.a.b", "exists", None, False),
    (["list", 0], "equals", "a", True),
    (["list", 0.0], "equals", "a", True),
    (["list", "0"], "exists", None, False),
    (["list", 1, "b"], "equals", "c", True),
    (["object", "0"], "equals", "zero", True),
    (["object", 0], "exists", None, False),
    ([0], "exists", None, False),
    (["0"], "equals", "a key", True),
    ("0", "equals", "a key", True),
    (["text", 0], "exists", None, False),
    (["int", 0], "exists", None, False),
    (["yes", 0, 0], "exists", None, False),
    (["list", 999_999_999], "exists", None, False),
    ("$", "equals", "dollar", True),
    ("$.a", "equals", "dollar path", True),
    ("$.object", "exists", None, False),
    ("$[0]", "exists", None, False),
    ('"q"', "equals", "quoted", True),
    ("q", "exists", None, False),
    ("it's", "equals", "apostrophe", True),
    ("back\\slash", "equals", "backslash", True),
    ("%", "equals", "wild", True),
    ("_", "exists", None, False),
    (" padded ", "equals", "padded", True),
    ("padded", "exists", None, False),
    ([""], "equals", "nameless", True),
    ("line\nbreak", "equals", "broken", True),
    ("text", "equals", "Blue Mug", True),
    (["text"], "equals", "Blue Mug", True),
]
TABLES = {
    "equals": EQUALITY,
    "not_equals": NEGATED_EQUALITY,
    "in": MEMBERSHIP,
    "order": ORDER,
    "text": TEXT,
    "presence": PRESENCE,
    "paths": PATHS,
}


@pytest.mark.parametrize("table", TABLES)
def test_an_operator_holds_for_what_it_says(database: Database, table: str) -> None:
    did(database, ADA, "purchase", NOW, PROPERTIES)
    did(database, "eve@example.com", "visit", NOW, PROPERTIES)
    cases = TABLES[table]
    filtered = [(where(path, op, against), expected) for path, op, against, expected in cases]
    assert wrong(database, [(event(filters=[each]), expected) for each, expected in filtered]) == []
    never = times("equals", 0)
    negated = [(event(filters=[each], count=never), not expected) for each, expected in filtered]
    assert wrong(database, negated) == []


def test_all_filters_hold_for_one_and_the_same_event(database: Database) -> None:
    did(database, ADA, "purchase", ago(days=2), {"sku": "MUG", "n": 1})
    did(database, ADA, "purchase", ago(days=1), {"sku": "CUP", "n": 2})
    mug, many = where("sku", "equals", "MUG"), where("n", "greater", 1)
    assert not holds(database, event(filters=[mug, many]))
    assert holds(database, all_of(event(filters=[mug]), event(filters=[many])))
    assert holds(database, event(filters=[mug, where("n", "equals", 1)]))


# ---------------------------------------------------------------------------------------- injection
HOSTILE = [
    "'; drop table events; --", "') OR ('1'='1", '"', '""', "\\", "\\'", "%", "_", "%%", "%s",
    "%(a)s", "$", "$.*", "$[*]", "?", ":name", ":1", "{}", "[0]", "--", "/*", "null", "*", "é'",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_match_themselves_and_nothing_else(database: Database, text: str) -> None:
    did(database, "eve@example.com", "visit", NOW, {"a": "b", "c": {"a": "b"}})
    meant = event("visit", filters=[where("a", "equals", "b")])
    assert ask(database, members, meant) == ["eve@example.com"]
    as_type, as_key = event(text), event("visit", filters=[where(["c", text], "exists")])
    as_value = [event("visit", filters=[where("a", op, text)]) for op in ("equals", "contains")]
    listed = event("visit", filters=[where("a", "in", [text, "x"])])
    for definition in (as_type, as_key, *as_value, listed, email("contains", text)):
        assert ask(database, members, definition) == []
    did(database, ADA, text, NOW, {})
    did(database, ADA, "visit", NOW, {"a": f"x{text}y", "c": {text: 1}})
    did(database, ADA, "visit", NOW, {"a": text})
    for definition in (as_type, as_key, *as_value, listed):
        assert ask(database, members, definition) == [ADA]
    assert count_rows(database, Event) == 4


# ----------------------------------------------------------------------------------------- windows
MIDNIGHT = datetime(2026, 6, 10, tzinfo=UTC)
JUNE_10 = {"between": ["2026-06-10", "2026-06-11"]}
WINDOWS: list[tuple[Any, datetime, bool]] = [
    (None, ago(days=20_000), True),
    (None, NOW, True),
    (None, NOW + TICK, False),
    ({"lastDays": 7}, NOW, True),
    ({"lastDays": 7}, NOW + TICK, False),
    ({"lastDays": 7}, ago(days=7), True),
    ({"lastDays": 7}, ago(days=7) - TICK, False),
    ({"olderThanDays": 7}, ago(days=7), False),
    ({"olderThanDays": 7}, ago(days=7) - TICK, True),
    ({"olderThanDays": 7}, NOW, False),
    (JUNE_10, MIDNIGHT, True),
    (JUNE_10, MIDNIGHT - TICK, False),
    (JUNE_10, MIDNIGHT + timedelta(days=1) - TICK, True),
    (JUNE_10, MIDNIGHT + timedelta(days=1), False),
    ({"between": ["2026-06-11", "2026-06-10"]}, MIDNIGHT, False),
    ({"between": ["2026-06-10", "2026-06-10"]}, MIDNIGHT, False),
    ({"between": ["2026-06-15", "2030-01-01"]}, NOW, True),
    ({"between": ["2026-06-15", "2030-01-01"]}, NOW + TICK, False),
    ({"between": ["0001-01-01", "9999-12-31"]}, NOW, True),
]


@pytest.mark.parametrize(("window", "at", "inside"), WINDOWS)
def test_a_window_is_exact_to_the_microsecond(
    database: Database, window: Any, at: datetime, inside: bool
) -> None:
    did(database, ADA, "purchase", at, {"total": 5})
    did(database, ADA, "visit", ago(days=6))
    n_exists = [where("total", "exists")]
    times_so_far = [
        event(window=window),
        event(window=window, filters=n_exists),
        event(window=window, filters=n_exists, count=times("greater_or_equal", 1)),
        event(window=window, count=times("equals", 1)),
        value("sum", "equals", 5, window=window),
        sequence(first={"eventType": "purchase"}, then={"eventType": "purchase"}, window=window),
    ]
    *counted, followed = (holds(database, definition) for definition in times_so_far)
    assert counted == [inside] * len(counted)
    assert not followed
    assert holds(database, event(window=window, count=times("less", 1))) is not inside


@pytest.mark.parametrize(
    "window",
    [None, {"lastDays": 10}, {"olderThanDays": 10}, {"between": ["2026-05-20", "2026-06-05"]}],
    ids=str,
)
@pytest.mark.parametrize("event_type", ["purchase", None])
def test_a_past_now_sees_the_events_up_to_then_only(
    database: Database, window: Any, event_type: str | None
) -> None:
    moments = [ago(days=days) for days in (0, 3, 11, 20, 21, 40)]
    for at in moments:
        did(database, ADA, "purchase", at)
    for now in (ago(days=days, hours=12) for days in range(0, 60, 5)):
        since, before = datetime.min.replace(tzinfo=UTC), now + TICK
        if window and "lastDays" in window:
            since = now - timedelta(days=10)
        elif window and "olderThanDays" in window:
            before = now - timedelta(days=10)
        elif window:
            since = datetime(2026, 5, 20, tzinfo=UTC)
            before = min(before, datetime(2026, 6, 5, tzinfo=UTC))
        number = sum(since <= at < before and at <= now for at in moments)
        asked = event(event_type, window=window)
        right = {**asked, "count": times("equals", number)}
        exists = any(at <= now for at in moments)
        assert holds(database, right, now) is (exists or number > 0)
        assert holds(database, {**asked, "count": times("greater", number)}, now) is False
        assert holds(database, asked, now) is (number > 0)


# ------------------------------------------------------------------------------------------ counts
COMPARISONS = {
    "equals": operator.eq,
    "not_equals": operator.ne,
    "greater": operator.gt,
    "greater_or_equal": operator.ge,
    "less": operator.lt,
    "less_or_equal": operator.le,
}


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_count_compares_and_none_is_a_count(database: Database, number: int) -> None:
    somebody(database, ADA)
    for n in range(number):
        did(database, ADA, "purchase", ago(days=n), {"sku": "MUG"})
        did(database, ADA, "purchase", ago(days=100 + n), {"sku": "CUP"})
    mug = [where("sku", "equals", "MUG")]
    cases = []
    for op, compare in COMPARISONS.items():
        for against in range(5):
            asked = {"count": times(op, against)}
            expected = compare(number, against)
            cases += [
                (event(window={"lastDays": 90}, **asked), expected),
                (event(None, window={"lastDays": 90}, **asked), expected),
                (event(filters=mug, **asked), expected),
                (event(**asked), compare(number * 2, against)),
                (event(None, **asked), compare(number * 2, against)),
            ]
    assert wrong(database, cases) == []


@pytest.mark.parametrize("number", [1, 2, 9, 10, 11, 12])
@pytest.mark.parametrize("days", [4, 9, 10, 11, 30])
def test_at_least_so_often_lately_is_exact_whatever_the_order_events_came_in(
    database: Database, number: int, days: int
) -> None:
    ages = [11, 3, 0, 7, 7, 25, 1, 9, 2, 10, 8, 40]
    for age in ages:
        did(database, ADA, "purchase", ago(days=age))
    did(database, ADA, "visit", NOW)
    lately = {"eventType": "purchase", "days": days, "minCount": number}
    asked = [
        {"kind": "event_count_gte_in_last_days", **lately},
        event(window={"lastDays": days}, count=times("greater_or_equal", number)),
        event(window={"lastDays": days}, count=times("greater", number - 1)),
    ]
    for earlier in (0, 1, 8):
        now = ago(days=earlier)
        expected = sum(earlier <= age <= earlier + days for age in ages) >= number
        assert [holds(database, each, now) for each in asked] == [expected] * 3


def test_events_of_all_types_count_together(database: Database) -> None:
    for n, event_type in enumerate(["a", "b", "b", "c"]):
        did(database, ADA, event_type, ago(days=n))
    assert holds(database, event(None, count=times("equals", 4)))
    assert holds(database, event("b", count=times("equals", 2)))
    assert holds(database, event(None, count=times("equals", 2), window={"olderThanDays": 1}))
    assert holds(database, event(None, count=times("equals", 3)), ago(days=1))


# ------------------------------------------------------------------------------------------ values
THREE_TENTHS = [0.1, 0.2]
#: the values of a property, aggregate, operator, number, whether it holds
AGGREGATES: list[tuple[list[Any], str, str, Any, bool]] = [
    (THREE_TENTHS, "sum", "equals", 0.3, True),
    (THREE_TENTHS, "sum", "greater", 0.3, False),
    (THREE_TENTHS, "avg", "equals", 0.15, True),
    ([1, 2], "avg", "equals", 1.5, True),
    ([1, 1, 2], "avg", "greater", Decimal("1.33333333333333333333"), True),
    ([1, 1, 2], "avg", "less", Decimal("1.33333333333333333334"), True),
    ([1, 2, 3], "sum", "equals", 6, True),
    ([1, "2", True, None, [3], "x"], "sum", "equals", 1, True),
    (["2", True, None], "sum", "less", 100, False),
    ([], "sum", "equals", 0, False),
    ([], "avg", "not_equals", 1, False),
    ([10**18] * 10, "sum", "equals", 10**19, True),
    ([10**30, 1], "sum", "equals", 10**30 + 1, True),
    ([10**30, 1], "sum", "greater", 10**30, True),
    ([1e308, 1e308], "sum", "greater", 1.7e308, True),
    ([1e308, 1, -1e308], "sum", "equals", 1, True),
    ([-5, 5], "sum", "equals", 0, True),
    ([3, 1.5, 2], "min", "equals", 1.5, True),
    ([3, 1.5, 2], "max", "less_or_equal", 3, True),
    ([3, 1.5, 2], "max", "less", 3, False),
    ([3, "1", True], "min", "greater", 2, True),
    (["a"], "max", "greater", -1e308, False),
    ([Decimal("0.1234567890123456789"), 0.1], "max", "greater", 0.12345678901234567, True),
    ([2**63, 2**63 - 1], "min", "less", 2**63, True),
    ([2**63, 2**63 - 1], "min", "not_equals", 2**63 - 1, False),
    ([1, 1.0, "1", True, None, [1], {"a": 1}], "distinct", "equals", 3, True),
    (["a", "A", "a"], "distinct", "equals", 2, True),
    ([10**30, Decimal(10**30), 1e30], "distinct", "equals", 1, True),
    ([0, -0.0], "distinct", "equals", 1, True),
    ([True, False, "true"], "distinct", "equals", 3, True),
    ([0.1, Decimal("0.1000000000000000000001")], "distinct", "equals", 2, True),
    ([1, 2], "distinct", "greater", 1.5, True),
    ([1, 2], "distinct", "less", Decimal("2.0000000000000000001"), True),
    ([None, [1]], "distinct", "less", 5, False),
    ([None, [1]], "distinct", "equals", 0, False),
]


@pytest.mark.parametrize(("values", "aggregate", "op", "number", "expected"), AGGREGATES)
def test_a_propertys_values_are_added_up_exactly(
    database: Database, values: list[Any], aggregate: str, op: str, number: Any, expected: bool
) -> None:
    somebody(database, ADA)
    for n, each in enumerate(values):
        did(database, ADA, "purchase", ago(days=n), {"total": each, "deep": [{"total": each}]})
    did(database, ADA, "purchase", ago(days=400), {"total": 1e300})
    did(database, ADA, "visit", NOW, {"total": 1e300})
    definition = value(aggregate, op, number, window={"lastDays": 30})
    assert holds(database, definition) is expected
    assert holds(database, {**definition, "path": ["deep", 0, "total"]}) is expected


def test_only_events_that_pass_the_filters_are_added_up(database: Database) -> None:
    for n, currency in enumerate(["EUR", "USD", "EUR"]):
        did(database, ADA, "purchase", ago(days=n), {"total": 10, "currency": currency})
    euros = [where("currency", "equals", "EUR")]
    assert holds(database, value("sum", "equals", 20, filters=euros))
    assert holds(database, value("sum", "equals", 30, eventType=None))
    assert holds(database, value("sum", "equals", 10, filters=euros), ago(days=1))


# --------------------------------------------------------------------------------------- sequences
#: hours before now of the firsts and of the seconds; whether it followed, and whether it did not
FOLLOWS: list[tuple[list[timedelta], list[timedelta], bool, bool]] = [
    ([], [], False, False),
    ([48 * HOUR], [], False, True),
    ([48 * HOUR], [24 * HOUR], True, False),
    ([48 * HOUR], [24 * HOUR - TICK], False, True),
    ([48 * HOUR], [24 * HOUR + TICK], True, False),
    ([48 * HOUR], [48 * HOUR], False, True),
    ([48 * HOUR], [48 * HOUR - TICK], True, False),
    ([48 * HOUR], [49 * HOUR], False, True),
    ([24 * HOUR], [], False, True),
    ([24 * HOUR - TICK], [], False, False),
    ([24 * HOUR - TICK], [TICK], True, False),
    ([24 * HOUR], [0 * HOUR], True, False),
    ([24 * HOUR], [-TICK], False, True),
    ([1 * HOUR], [-HOUR / 30], False, False),
    ([96 * HOUR, 48 * HOUR], [30 * HOUR], True, True),
    ([], [24 * HOUR], False, False),
    ([50 * HOUR + TICK], [26 * HOUR + TICK], True, False),
    ([49.5 * HOUR - TICK], [25.5 * HOUR - 2 * TICK], False, True),
]


@pytest.mark.parametrize(("firsts", "seconds", "followed", "abandoned"), FOLLOWS)
def test_a_sequence_is_exact_to_the_microsecond(
    database: Database,
    firsts: list[timedelta],
    seconds: list[timedelta],
    followed: bool,
    abandoned: bool,
) -> None:
    somebody(database, ADA)
    did(database, "eve@example.com", "added_to_cart", ago(days=3))
    did(database, "eve@example.com", "purchase", ago(days=2.5))
    for before in firsts:
        did(database, ADA, "added_to_cart", NOW - before)
    for before in seconds:
        did(database, ADA, "purchase", NOW - before)
    assert holds(database, sequence()) is followed
    assert holds(database, sequence(negate=True)) is abandoned


def test_an_event_does_not_follow_itself(database: Database) -> None:
    did(database, ADA, "visit", ago(hours=30))
    twice = sequence(first={"eventType": "visit"}, then={"eventType": "visit"})
    assert not holds(database, twice)
    did(database, ADA, "visit", ago(hours=29))
    assert holds(database, twice)
    assert holds(database, sequence(first={}, then={}))


def test_the_window_of_a_sequence_is_that_of_the_first(database: Database) -> None:
    did(database, ADA, "added_to_cart", ago(days=7, hours=1))
    did(database, ADA, "purchase", ago(days=7) + HOUR)
    assert holds(database, sequence())
    assert not holds(database, sequence(window={"lastDays": 7}))
    assert holds(database, sequence(window={"olderThanDays": 7}))
    assert holds(database, sequence(window={"olderThanDays": 7}, negate=True, withinHours=1))


def test_both_steps_of_a_sequence_have_filters(database: Database) -> None:
    did(database, ADA, "added_to_cart", ago(hours=40), {"sku": "MUG"})
    did(database, ADA, "purchase", ago(hours=39), {"sku": "CUP"})
    cart, mug, cup = (
        {"eventType": event_type, "filters": [where("sku", "equals", sku)]}
        for event_type, sku in [("added_to_cart", "MUG"), ("purchase", "MUG"), ("purchase", "CUP")]
    )
    assert holds(database, sequence(first=cart, then=cup))
    assert not holds(database, sequence(first=cart, then=mug))
    assert holds(database, sequence(first=cart, then=mug, negate=True))
    assert not holds(database, sequence(first=cup, then=cup, negate=True, window={"lastDays": 1}))


def test_a_sequence_as_of_a_past_moment_knows_nothing_of_what_followed(database: Database) -> None:
    did(database, ADA, "added_to_cart", ago(hours=60))
    did(database, ADA, "purchase", ago(hours=40))
    asked = [sequence(), sequence(negate=True), sequence(negate=True, withinHours=10)]
    as_of = [[holds(database, each, ago(hours=h)) for each in asked] for h in (61, 55, 45, 40, 0)]
    assert as_of == [
        [False, False, False],
        [False, False, False],
        [False, False, True],
        [True, False, True],
        [True, False, True],
    ]


# -------------------------------------------------------------------------------------------- seen
@pytest.mark.parametrize(
    ("window", "first", "last"),
    [
        ({}, True, True),
        ({"lastDays": 10}, False, True),
        ({"lastDays": 100}, True, True),
        ({"olderThanDays": 10}, True, False),
        ({"olderThanDays": 2}, True, True),
        ({"olderThanDays": 100}, False, False),
        ({"between": ["2026-03-01", "2026-04-01"]}, True, False),
        ({"between": ["2026-04-01", "2026-06-12"]}, False, False),
        ({"between": ["2026-06-12", "2026-06-13"]}, False, True),
        ({"between": ["2026-06-12", "2030-01-01"]}, False, True),
        ({"between": ["2026-06-12", "2026-06-12"]}, False, False),
    ],
    ids=str,
)
def test_first_and_last_seen_are_the_earliest_and_the_newest_event_of_all(
    database: Database, window: dict[str, Any], first: bool, last: bool
) -> None:
    somebody(database, "nobody@example.com")
    for event_type, at in [
        ("visit", ago(days=90)),
        ("purchase", ago(days=30)),
        ("visit", ago(days=3)),
        ("login", ago(days=5)),
    ]:
        did(database, ADA, event_type, at)
    assert ask(database, members, seen("first", **window)) == [ADA] * first
    assert ask(database, members, seen("last", **window)) == [ADA] * last


def test_last_seen_as_of_a_past_moment_is_the_newest_event_up_to_then(database: Database) -> None:
    for days in (90, 30, 3):
        did(database, ADA, "visit", ago(days=days))
    recently, long_ago = seen("last", lastDays=10), seen("last", olderThanDays=10)
    for days in (0, 3, 4, 19, 20, 30, 31, 79, 80, 90):
        expected = days in (0, 3, 20, 30, 80, 90)
        assert holds(database, recently, ago(days=days)) is expected
        assert holds(database, long_ago, ago(days=days)) is not expected
    assert not holds(database, not_(recently), ago(days=91))


# ------------------------------------------------------------------------------------------- email
@pytest.mark.parametrize(
    ("op", "text", "expected"),
    [
        ("equals", ADA, [ADA]),
        ("equals", " ADA@Example.COM ", [ADA]),
        ("equals", "ada", []),
        ("contains", "A@", [ADA, "a_a@example.org"]),
        ("contains", "_", ["a_a@example.org"]),
        ("contains", "%", []),
        ("contains", "/", []),
        ("ends_with", "@example.com", [ADA]),
        ("ends_with", "@Example.org", ["a_a@example.org", "é@example.org"]),
        ("ends_with", "example", []),
        ("contains", "É", ["é@example.org"]),
        ("in", ["ADA@example.com", "x@y.z", "É@example.org"], [ADA, "é@example.org"]),
        ("in", ["x@y.z"], []),
        ("contains", "x" * 60_000, []),
        ("ends_with", "x" * 60_000, []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_address_is_compared_lower_cased(
    database: Database, op: str, text: Any, expected: list[str]
) -> None:
    for address in (ADA, "a_a@example.org", "é@example.org"):
        somebody(database, address)
    assert sorted(ask(database, members, email(op, text))) == sorted(expected)


# ------------------------------------------------------------------------------------------ groups
def test_groups_are_what_logic_says(database: Database) -> None:
    for address, types in {"ab": "ab", "a": "a", "b": "b", "c": "c"}.items():
        for event_type in types:
            did(database, f"{address}@x.co", event_type)
    somebody(database, "none@x.co")
    a, b = event("a"), event("b")

    def who(definition: dict[str, Any]) -> list[str]:
        return [each.partition("@")[0] for each in ask(database, members, definition)]

    assert who(all_of(a, b)) == ["ab"]
    assert who(any_of(a, b)) == ["a", "ab", "b"]
    assert who(not_(a)) == ["b", "c", "none"]
    assert who(not_(any_of(a, b))) == ["c", "none"]
    assert who(all_of(a, not_(b))) == ["a"]
    assert who(any_of(not_(a), b)) == ["ab", "b", "c", "none"]
    assert who(not_(not_(all_of(a)))) == ["a", "ab"]
    assert who(any_of(all_of(a, b), all_of(not_(a), not_(b)))) == ["ab", "c", "none"]


# --------------------------------------------------------------------------------------- existence
def test_who_came_later_does_not_exist_yet_and_who_did_nothing_always_does(
    database: Database,
) -> None:
    did(database, "early@x.co", "visit", ago(days=10))
    did(database, "late@x.co", "visit", ago(days=5))
    did(database, "late@x.co", "login", ago(days=4))
    did(database, "ahead@x.co", "visit", NOW + timedelta(minutes=5))
    somebody(database, "none@x.co")
    everybody, no_visitor = email("contains", "x.co"), not_(event("visit"))
    assert ask(database, members, everybody) == ["early@x.co", "late@x.co", "none@x.co"]
    assert ask(database, members, no_visitor) == ["none@x.co"]
    assert ask(database, members, everybody, ago(days=7)) == ["early@x.co", "none@x.co"]
    assert ask(database, members, event("visit", count=times("less", 1)), ago(days=7)) == [
        "none@x.co"
    ]
    assert ask(database, members, everybody, ago(days=5)) == [
        "early@x.co",
        "late@x.co",
        "none@x.co",
    ]
    assert ask(database, members, not_(event("login")), ago(days=5)) == [
        "early@x.co",
        "late@x.co",
        "none@x.co",
    ]
    assert ask(database, members, everybody, ago(days=20)) == ["none@x.co"]


def test_a_moment_to_come_is_answered_as_if_nothing_more_happened(database: Database) -> None:
    did(database, ADA, "visit", ago(days=5))
    in_a_week = NOW + timedelta(days=7)
    assert holds(database, event("visit", window={"lastDays": 10}))
    assert not holds(database, event("visit", window={"lastDays": 10}), in_a_week)
    assert holds(database, seen("last", olderThanDays=10), in_a_week)
    the_end = datetime.max.replace(tzinfo=UTC)
    assert holds(database, all_of(event("visit"), not_(sequence())), the_end)
