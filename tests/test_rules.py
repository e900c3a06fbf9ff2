"""The rule kinds: what is refused, who matches, how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.events import ingest_many
from pipeline.ids import customer_id
from pipeline.models import Customer
from pipeline.rules import KINDS, MAX_COUNT, MAX_DAYS, Rule, parse
from tests.factories import NOW, TICK, ago, ask, did, event, one_database_for_all, taken_back

ADA = "ada@example.com"
NOBODY = "nobody@example.com"

DID: dict[str, Any] = {"kind": "event_type_in_last_days", "eventType": "visit", "days": 7}
EQUALS: dict[str, Any] = {**DID, "kind": "event_property_equals", "path": "page", "value": "/a"}
COUNT: dict[str, Any] = {**DID, "kind": "event_count_gte_in_last_days", "minCount": 3}
ALL_KINDS = pytest.mark.parametrize("definition", [DID, EQUALS, COUNT], ids=lambda d: d["kind"])


def refusal(definition: object) -> str:
    with pytest.raises(Invalid) as caught:
        parse(definition)
    return str(caught.value)


# ---------------------------------------------------------------------------------------- refusals
@pytest.mark.parametrize("definition", [None, 5, True, "text", [], [DID]], ids=repr)
def test_a_definition_must_be_an_object(definition: object) -> None:
    assert refusal(definition) == "Definition must be a JSON object"


@pytest.mark.parametrize("kind", [None, 5, True, [], {}, ["event_type_in_last_days"]], ids=repr)
def test_a_definition_must_have_a_kind(kind: object) -> None:
    assert refusal({**DID, "kind": kind}) == "Definition must have a 'kind' field"
    assert refusal({}) == "Definition must have a 'kind' field"


@pytest.mark.parametrize("kind", ["", "x", "EVENT_TYPE_IN_LAST_DAYS", " event_type_in_last_days"])
def test_a_kind_must_be_known(kind: str) -> None:
    assert refusal({"kind": kind}) == f"Unknown definition kind: '{kind}'"


def test_an_unknown_kind_is_not_repeated_at_length() -> None:
    assert refusal({"kind": "x" * 10_000}) == f"Unknown definition kind: '{'x' * 100}'"


@ALL_KINDS
@pytest.mark.parametrize("value", [None, "", " \t\u2003", 5, True, [], {}, ["visit"]], ids=ascii)
def test_the_event_type_must_be_a_filled_string(definition: dict[str, Any], value: object) -> None:
    sentence = "eventType must be a non-empty string"
    assert refusal({**definition, "eventType": value, "days": None}) == sentence


@pytest.mark.parametrize("value", [None, "", " ", 5, True, [], ["page"]], ids=ascii)
def test_the_path_must_be_a_filled_string(value: object) -> None:
    assert refusal({**EQUALS, "path": value}) == "path must be a non-empty string"


@pytest.mark.parametrize("value", [None, 5, 7.5, True, [], {}, ["/a"]], ids=ascii)
def test_the_value_must_be_a_string(value: object) -> None:
    assert refusal({**EQUALS, "value": value}) == "value must be a string"


NO_POSITIVE_INTEGERS = [
    None, 0, -1, -7.0, 0.0, 0.5, 7.5, "7", "", True, False, [], [7], {}, float("nan"),
    float("inf"), float("-inf"), Decimal("7.5"), Decimal("NaN"), Decimal("1e400"),
]  # fmt: skip


@ALL_KINDS
@pytest.mark.parametrize("value", NO_POSITIVE_INTEGERS, ids=repr)
def test_days_must_be_a_positive_integer(definition: dict[str, Any], value: object) -> None:
    assert refusal({**definition, "days": value}) == "days must be a positive integer"


@pytest.mark.parametrize("value", NO_POSITIVE_INTEGERS, ids=repr)
def test_the_count_must_be_a_positive_integer(value: object) -> None:
    assert refusal({**COUNT, "minCount": value}) == "minCount must be a positive integer"


@pytest.mark.parametrize("value", [MAX_DAYS + 1, MAX_DAYS + 1.0, 10**300, 1e308])
def test_more_than_ten_years_are_too_long(value: float) -> None:
    assert refusal({**DID, "days": value}) == "days must be at most 3650"


def test_a_count_has_an_end_too() -> None:
    sentence = "minCount must be at most 1000000000"
    assert refusal({**COUNT, "minCount": MAX_COUNT + 1}) == sentence


@pytest.mark.parametrize("field", ["eventType", "path", "value"])
@pytest.mark.parametrize(
    ("text", "what"), [("a\0", "NUL characters"), ("\ud800", "lone surrogates")], ids=ascii
)
def test_what_no_database_can_store_is_refused(field: str, text: str, what: str) -> None:
    assert refusal({**EQUALS, field: text}) == f"{field} must not contain {what}"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("event_type_in_last_days", ["eventType", "days"]),
        ("event_property_equals", ["eventType", "path", "value", "days"]),
        ("event_count_gte_in_last_days", ["eventType", "days", "minCount"]),
    ],
)
def test_the_first_field_that_does_not_fit_is_the_one_reported(
    kind: str, fields: list[str]
) -> None:
    definition: dict[str, Any] = {"kind": kind}
    for field in fields:
        assert refusal(definition).startswith(f"{field} must be a ")
        definition[field] = {**EQUALS, **COUNT}[field]
    assert parse(definition).definition() == definition


# ------------------------------------------------------------------------------------ what is kept
@ALL_KINDS
def test_a_rule_comes_back_as_its_definition(definition: dict[str, Any]) -> None:
    rule = parse(definition)
    assert isinstance(rule, KINDS[definition["kind"]])
    assert rule.definition() == definition
    assert parse(rule.definition()) == rule


def test_texts_are_trimmed_numbers_whole_and_unknown_fields_dropped() -> None:
    given_ = {"eventType": " visit ", "path": "\tpage\n", "value": " /a ", "days": 7.0}
    assert parse({**EQUALS, **given_, "colour": "red"}).definition() == {**EQUALS, "value": " /a "}
    days = parse({**COUNT, "days": 7.0, "minCount": 3.0}).definition()
    assert days == COUNT
    assert type(days["days"]) is type(days["minCount"]) is int


def test_a_value_may_be_empty_and_numbers_as_large_as_allowed() -> None:
    assert parse({**EQUALS, "value": ""}).definition()["value"] == ""
    largest = {**COUNT, "days": MAX_DAYS, "minCount": MAX_COUNT}
    assert parse(largest).definition() == largest


def test_field_names_are_camel_case_only() -> None:
    assert refusal({**DID, "eventType": None, "event_type": "visit"}).startswith("eventType ")


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        (DID, "did visit in the last 7 days"),
        ({**DID, "days": 1}, "did visit in the last day"),
        ({**DID, "days": 3650}, "did visit in the last 3,650 days"),
        (EQUALS, 'did visit with page "/a" in the last 7 days'),
        (COUNT, "did visit at least 3 times in the last 7 days"),
        ({**COUNT, "minCount": 1}, "did visit at least once in the last 7 days"),
        ({**COUNT, "minCount": 1000}, "did visit at least 1,000 times in the last 7 days"),
    ],
)
def test_a_rule_reads_as_english(definition: dict[str, Any], sentence: str) -> None:
    assert parse(definition).sentence() == sentence


def test_a_rule_without_a_meaning_cannot_be_evaluated() -> None:
    with pytest.raises(NotImplementedError):
        Rule().where(NOW)
    with pytest.raises(NotImplementedError):
        Rule().sentence()


# ----------------------------------------------------------------------------------- named examples
def members(session: Session, condition: sa.ColumnElement[bool]) -> set[str]:
    return set(session.scalars(sa.select(Customer.email).where(condition)))


def holds(database: Database, definition: dict[str, Any], now: datetime = NOW) -> bool:
    """Whether the one customer there is matches; the negation must say the opposite."""
    condition = parse(definition).where(now)
    matching, others = (ask(database, members, c) for c in (condition, sa.not_(condition)))
    assert matching ^ others == {ADA}
    return matching == {ADA}


@ALL_KINDS
@pytest.mark.parametrize(
    ("at", "matches"),
    [
        (NOW, True),
        (NOW + TICK, False),
        (NOW + timedelta(minutes=5), False),
        (NOW - timedelta(days=7), True),
        (NOW - timedelta(days=7) - TICK, False),
    ],
)
def test_the_window_is_exact_to_the_microsecond(
    database: Database, definition: dict[str, Any], at: datetime, matches: bool
) -> None:
    did(database, ADA, "visit", at, {"page": "/a"})
    assert holds(database, definition | {"minCount": 1}) is matches


@ALL_KINDS
def test_a_past_now_sees_the_events_up_to_then_only(
    database: Database, definition: dict[str, Any]
) -> None:
    for days in (0, 20, 40):
        did(database, ADA, "visit", ago(days=days), {"page": "/a"})
    once = definition | {"minCount": 1}
    found = [holds(database, once, ago(days=days)) for days in (0, 1, 12, 13, 20, 21, 33, 41)]
    assert found == [True, False, False, True, True, False, True, False]


@ALL_KINDS
@pytest.mark.parametrize("event_type", ["Visit", "visits", "visi_", "%", "v", "VISIT", "visit "])
def test_the_event_type_is_compared_exactly(
    database: Database, definition: dict[str, Any], event_type: str
) -> None:
    did(database, ADA, event_type, properties={"page": "/a"})
    assert holds(database, definition | {"minCount": 1}) is (event_type.strip() == "visit")


@pytest.mark.parametrize(("count", "matches"), [(2, False), (3, True), (4, True)])
def test_at_least_so_many_are_needed(database: Database, count: int, matches: bool) -> None:
    for n in range(count):
        did(database, ADA, "visit", ago(days=n))
    did(database, ADA, "visit", ago(days=8))
    did(database, ADA, "Visit")
    assert holds(database, COUNT) is matches


@pytest.mark.parametrize(
    ("properties", "value", "matches"),
    [
        ({"page": "42"}, "42", True),
        ({"page": 42}, "42", False),
        ({"page": True}, "true", False),
        ({"page": True}, "1", False),
        ({"page": None}, "null", False),
        ({"page": None}, "", False),
        ({"page": ["/a"]}, "/a", False),
        ({"page": ["/a"]}, '["/a"]', False),
        ({"page": {"page": "/a"}}, "/a", False),
        ({"in": {"page": "/a"}}, "/a", False),
        ({}, "", False),
        ({"page": ""}, "", True),
        ({"page": " /a"}, "/a", False),
        ({"page": " /a"}, " /a", True),
        ({"page": "/A"}, "/a", False),
        ({"Page": "/a"}, "/a", False),
        ({"page": "/ab"}, "/a%", False),
        ({"page": "/ab"}, "/a_", False),
        ({"page": "e\u0301"}, "é", False),
        ({"page": "'; DROP TABLE events; --"}, "'; DROP TABLE events; --", True),
    ],
)  # fmt: skip
def test_a_property_is_compared_exactly(
    database: Database, properties: dict[str, object], value: str, matches: bool
) -> None:
    did(database, ADA, "visit", properties=properties)
    assert holds(database, {**EQUALS, "value": value}) is matches


@pytest.mark.parametrize("path", ["a.b", "$.a", "a[0]", 'a"b', "a'b", "a\\b", "%", "%s", ":x", "?"])
def test_a_path_is_one_key_taken_literally(database: Database, path: str) -> None:
    unlike = {"a": {"b": "/a"}, "b": "/a", "[0]": "/a", "$": {"a": "/a"}, "": "/a"}
    did(database, ADA, "visit", properties=unlike)
    assert holds(database, {**EQUALS, "path": path}) is False
    did(database, ADA, "visit", properties={**unlike, path: "/a"})
    assert holds(database, {**EQUALS, "path": path}) is True


def test_two_properties_of_two_events_do_not_add_up(database: Database) -> None:
    did(database, ADA, "visit", properties={"page": "/b"})
    did(database, ADA, "Visit", properties={"page": "/a"})
    did(database, ADA, "visit", ago(days=8), {"page": "/a"})
    assert holds(database, EQUALS) is False


# -------------------------------------------------------------------------------------- the oracle
@dataclass(frozen=True)
class Did:
    """One event of somebody, for the oracle."""

    email: str
    type: str
    at: datetime
    properties: Mapping[str, object]


def matches(definition: Mapping[str, Any], did: list[Did], now: datetime) -> bool:
    """Whether the customer who did this matches: the contract's text in plain Python."""
    since = now - timedelta(hours=24 * definition["days"])
    counted = [
        each for each in did if each.type == definition["eventType"] and since <= each.at <= now
    ]
    if definition["kind"] == "event_property_equals":
        path = definition["path"]
        found = [each.properties[path] for each in counted if path in each.properties]
        return any(isinstance(value, str) and value == definition["value"] for value in found)
    return len(counted) >= definition.get("minCount", 1)


TYPES = st.sampled_from(["visit", "Visit", "added to cart", "vis%", "v'i\"s\\it", "é"])
KEYS = st.sampled_from(
    ["sku", "SKU", "a.b", "a", "$", "$.sku", "$[0]", 'q"k', "it's", "b\\k", "%", "%s", "0", "é"]
)
STRINGS = st.sampled_from(["", "42", "true", "null", "A-1", "a-1", " A-1", "%", 'q"', "b\\", "é"])
VALUES = (
    STRINGS
    | STRINGS
    | STRINGS
    | st.sampled_from([42, 42.0, 1, True, False, None, Decimal("0.1234567890123456789")])
    | st.lists(STRINGS, max_size=1)
    | st.dictionaries(KEYS, STRINGS, max_size=1)
)
DAYS = st.sampled_from([1, 2, 30, 3650])
NOWS = st.sampled_from([NOW, ago(hours=24), ago(days=29), ago(days=30, seconds=1), ago(days=400)])
PROPERTIES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=3)
TICKS = st.sampled_from([0, -1, 1, 60_000_000]).map(TICK.__mul__)
# At a now, at the edge of its window, or a microsecond to either side.
TIMES = st.builds(
    lambda now, days, ticks: now - timedelta(days=days) + ticks, NOWS, st.just(0) | DAYS, TICKS
)
PEOPLE = [f"{name}@example.com" for name in ("ada", "bob", "eve")]
EVENTS = st.lists(
    st.builds(Did, st.sampled_from(PEOPLE), TYPES, TIMES, PROPERTIES | st.just({})),
    max_size=12,
)


Question = tuple[dict[str, Any], datetime]


@st.composite
def questions(draw: st.DrawFn, events: list[Did]) -> Question:
    """A definition and a now, mostly such that something somebody did is about to count."""
    event_type, days, now = draw(TYPES), draw(DAYS), draw(NOWS)
    path, value = draw(KEYS), draw(STRINGS)
    if events and draw(st.sampled_from([True, True, True, False])):
        about = draw(st.sampled_from(events))
        event_type = about.type
        now = about.at + timedelta(days=draw(st.sampled_from([0, days]))) + draw(TICKS)
        path, found = draw(st.sampled_from([(path, value), *about.properties.items()][-3:]))
        value = str(found)
    kinds: list[dict[str, object]] = [
        DID,
        {"kind": EQUALS["kind"], "path": path, "value": value},
        {"kind": EQUALS["kind"], "path": path, "value": value},
        {"kind": COUNT["kind"], "minCount": draw(st.integers(1, 3))},
    ]
    return {**draw(st.sampled_from(kinds)), "eventType": event_type, "days": days}, now


EXAMPLES = EVENTS.flatmap(
    lambda events: st.tuples(st.just(events), st.lists(questions(events), min_size=1, max_size=6))
)


@pytest.mark.no_cover
@given(EXAMPLES)
@settings(one_database_for_all, max_examples=250)
def test_each_kind_and_its_negation_match_whom_the_contracts_text_says(
    database: Database, example: tuple[list[Did], list[Question]]
) -> None:
    events, asked = example
    with taken_back(database) as session:
        rows = [
            event(each.email, each.type, each.at, properties=each.properties) for each in events
        ]
        assert ingest_many(session, rows, now=NOW).created == len(events)
        session.add(Customer(id=customer_id(NOBODY), email=NOBODY, created_at=NOW, updated_at=NOW))
        everybody = {NOBODY} | {each.email for each in events}
        for definition, now in asked:
            condition = parse(definition).where(now)
            expected = {
                email
                for email in everybody
                if matches(definition, [each for each in events if each.email == email], now)
            }
            assert members(session, condition) == expected
            assert members(session, sa.not_(condition)) == everybody - expected
