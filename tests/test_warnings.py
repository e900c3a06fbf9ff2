"""Warnings: what a marketer may want to look at again."""

from typing import Any

import pytest

from pipeline.database import Database
from pipeline.rules import parse
from pipeline.warnings import rule_warnings
from tests.factories import NOW, ago, ask, did
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


@pytest.fixture
def shop(database: Database) -> Database:
    """A shop that opened 100 days ago."""
    did(database, "ada@x.co", "visit", ago(days=100), {"page": "/", "geo": {"city": "Bern"}})
    did(database, "ada@x.co", "purchase", ago(days=9), {"sku": "MUG", "items": [{"n": 1}]})
    did(database, "ada@x.co", "added_to_cart", ago(days=10), {"sku": "MUG"})
    return database


def warned(database: Database, definition: dict[str, Any]) -> list[tuple[str, str]]:
    found = ask(database, rule_warnings, parse(definition), now=NOW)
    return [(each.path, each.message) for each in found]


FINE: list[dict[str, Any]] = [
    event(filters=[where("sku", "equals", "X")], window={"lastDays": 90}),
    event(filters=[where(["items", 0, "n"], "greater", 5)], count=times("equals", 0)),
    event("visit", filters=[where(["geo", "city"], "exists")]),
    event(None, filters=[where("what is this", "exists")], window={"olderThanDays": 90}),
    sequence(),
    seen("first", lastDays=30),
    all_of(email("ends_with", "@x.co"), not_(email("in", ["a@b.co", "x"]))),
    {"kind": "segment", "segmentId": "7b0c8a52-4e0e-4f5e-9d43-0d9b9d4b4f0e"},
]


@pytest.mark.parametrize("definition", FINE, ids=lambda d: d["kind"])
def test_a_rule_about_what_there_is_gets_no_warning(
    shop: Database, definition: dict[str, Any]
) -> None:
    assert warned(shop, definition) == []


# ------------------------------------------------------------------------------------ what there is
SEEN = 'has been seen in the newest events of the type "purchase"'
TOO_EARLY = "before the first event of all (2026-03-07)"


@pytest.mark.parametrize(
    ("event_type", "message"),
    [
        ("Purchase", 'No event of the type "Purchase" has been seen; did you mean "purchase"?'),
        ("purchas", 'No event of the type "purchas" has been seen; did you mean "purchase"?'),
        ("cart", 'No event of the type "cart" has been seen'),
        (
            "Added_To_Cart",
            'No event of the type "Added_To_Cart" has been seen; did you mean "added_to_cart"?',
        ),
        ("xyz", 'No event of the type "xyz" has been seen'),
    ],
)
def test_a_type_never_seen_is_named_with_the_nearest(
    shop: Database, event_type: str, message: str
) -> None:
    assert warned(shop, event(event_type)) == [("", message)]
    step = {"eventType": event_type, "filters": [where("sku", "exists")]}
    assert warned(shop, all_of(not_(sequence(then=step)))) == [("rules[0].rule", message)]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("SKU", f'No SKU {SEEN}; did you mean "sku"?'),
        ("colour", f"No colour {SEEN}"),
        (["items", 1, "n"], f"No items[1].n {SEEN}"),
        (["item", 0], f'No item[0] {SEEN}; did you mean "items"?'),
    ],
)
def test_a_property_never_seen_is_named_with_the_nearest(
    shop: Database, path: Any, message: str
) -> None:
    assert warned(shop, event(filters=[where(path, "exists")])) == [("", message)]
    assert warned(shop, {**value("sum", "greater", 1), "path": path}) == [("", message)]
    assert warned(shop, not_(event(filters=[where(path, "missing")]))) == [("rule", message)]


def test_the_basic_kinds_are_warned_of_as_well(shop: Database) -> None:
    kind = {"kind": "event_property_equals", "path": "skuu", "value": "x", "days": 7}
    sentence = f'No skuu {SEEN}; did you mean "sku"?'
    assert warned(shop, {**kind, "eventType": "purchase"}) == [("", sentence)]
    nothing = {"kind": "event_count_gte_in_last_days", "eventType": "x", "days": 7, "minCount": 2}
    assert warned(shop, nothing) == [("", 'No event of the type "x" has been seen')]


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"lastDays": 101}, f"The time looked at begins on 2026-03-06, {TOO_EARLY}"),
        (
            {"between": ["2026-01-01", "2026-05-01"]},
            f"The time looked at begins on 2026-01-01, {TOO_EARLY}",
        ),
        ({"olderThanDays": 100}, f"The time looked at ends on 2026-03-07, {TOO_EARLY}"),
    ],
)
def test_a_time_before_the_first_event_is_pointed_out(
    shop: Database, window: dict[str, Any], message: str
) -> None:
    for definition in (event(window=window), sequence(window=window), seen("last", **window)):
        assert warned(shop, not_(definition)) == [("rule", message)]


def test_without_any_event_only_types_and_forms_are_warned_of(database: Database) -> None:
    assert warned(database, event(window={"lastDays": 7})) == [
        ("", 'No event of the type "purchase" has been seen')
    ]
    assert warned(database, seen("first", lastDays=7)) == []


# ----------------------------------------------------------------------------------------- the form
NEVER = {"between": ["2026-06-02", "2026-06-02"]}
NOBODY: list[dict[str, Any]] = [
    event(count=times("less", 0)),
    event(window=NEVER),
    event(filters=[where("sku", "exists"), where("sku", "missing")]),
    event(filters=[where("sku", "equals", "a"), where(["sku"], "equals", "b")]),
    event(filters=[where("sku", "greater", True)]),
    value("sum", "greater", 1, window=NEVER, path="sku"),
    {**value("distinct", "less", 1), "path": "sku"},
    {**value("distinct", "equals", 1.5), "path": "sku"},
    sequence(window=NEVER),
    sequence(then={"eventType": "purchase", "filters": [where("sku", "less", True)]}),
    seen("first", **NEVER),
    email("equals", "ada"),
    email("in", ["ada", "@"]),
    email("contains", "a b"),
    not_(email("contains", "@")),
    not_(event(count=times("greater_or_equal", 0))),
]
EVERYBODY: list[dict[str, Any]] = [
    event(count=times("greater_or_equal", 0)),
    event(window=NEVER, count=times("equals", 0)),
    email("contains", "."),
    not_(event(count=times("less", 0))),
]


@pytest.mark.parametrize("definition", NOBODY, ids=str)
def test_a_rule_that_nobody_can_match_is_pointed_out(
    shop: Database, definition: dict[str, Any]
) -> None:
    message = f"Nobody can match, whatever happened: {parse(definition).sentence()}"
    assert ("", message) in warned(shop, definition)
    # One impossible condition makes the whole impossible, and its opposite is no condition.
    whole = all_of(event("visit"), any_of(definition))
    assert ("", f"Nobody can match, whatever happened: {parse(whole).sentence()}") in warned(
        shop, whole
    )
    assert [path for path, _ in warned(shop, any_of(event("visit"), definition))][:1] != [""]


@pytest.mark.parametrize("definition", EVERYBODY, ids=str)
def test_a_rule_that_everybody_matches_is_pointed_out(
    shop: Database, definition: dict[str, Any]
) -> None:
    message = f"Everybody matches, whatever happened: {parse(definition).sentence()}"
    assert ("", message) in warned(shop, definition)
    assert ("", message.replace(": ", ": did visit or ")) in warned(
        shop, any_of(event("visit"), definition)
    )


def test_a_condition_beside_its_opposite_is_pointed_out(shop: Database) -> None:
    visited = event("visit")
    assert warned(shop, all_of(visited, not_(visited))) == [
        ("", "Nobody can match, whatever happened: did visit and did not visit")
    ]
    assert warned(shop, any_of(visited, not_(visited))) == [
        ("", "Everybody matches, whatever happened: did visit or did not visit")
    ]


def test_the_condition_that_decides_is_pointed_out_where_it_is(shop: Database) -> None:
    impossible = event("visit", window=NEVER)
    sentence = parse(impossible).sentence()
    assert warned(shop, all_of(event(), any_of(not_(impossible)))) == [
        ("rules[1].rules[0].rule", f"Nobody can match, whatever happened: {sentence}")
    ]
