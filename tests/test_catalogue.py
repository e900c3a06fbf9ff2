"""Event types to choose from, and properties and values, out of the newest events."""

from typing import Any

import pytest

from pipeline.catalogue import Choice, EventType, Sample, event_types, sample, samples
from pipeline.database import Database
from tests.factories import address, ago, ask, did


def store(database: Database, *properties: dict[str, Any], event_type: str = "purchase") -> None:
    """One event for each of these, the first one the newest."""
    for number, each in enumerate(properties):
        did(database, address(number), event_type, ago(hours=number), each)


def choices(found: Sample) -> dict[tuple[Any, ...], list[tuple[Any, int]]]:
    return {
        each.path: [(choice.value, choice.events) for choice in each.values]
        for each in found.properties
    }


def test_event_types_come_by_frequency_then_name(database: Database) -> None:
    assert ask(database, event_types) == []
    for email, kind in [("a@x.de", "login"), ("a@x.de", "view"), ("b@x.de", "view")]:
        did(database, email, kind)
    did(database, "b@x.de", "cart")
    assert ask(database, event_types) == [
        EventType("view", 2, 2),
        EventType("cart", 1, 1),
        EventType("login", 1, 1),
    ]


def test_properties_come_by_frequency_with_their_values(database: Database) -> None:
    store(database, {"sku": "A", "n": 1}, {"sku": "B"}, {"sku": "A"})
    found = ask(database, sample, "purchase")
    assert (found.events, found.is_whole) == (3, True)
    assert [(each.path, each.events) for each in found.properties] == [(("sku",), 3), (("n",), 1)]
    assert found.properties[0].values == [Choice("A", 2), Choice("B", 1)]


def test_nested_properties_have_their_path(database: Database) -> None:
    store(database, {"product": {"sku": "A", "a.b": True}, "items": [{"sku": "X"}, {"sku": "Y"}]})
    found = choices(ask(database, sample, "purchase"))
    assert found == {
        ("product",): [],
        ("product", "sku"): [("A", 1)],
        ("product", "a.b"): [(True, 1)],
        ("items",): [],
        ("items", 0): [],
        ("items", 0, "sku"): [("X", 1)],
    }


def test_values_keep_their_type_and_null_is_nothing(database: Database) -> None:
    store(database, {"v": 42}, {"v": "42"}, {"v": True}, {"v": 42}, {"v": None}, {"v": "x" * 300})
    found = ask(database, sample, "purchase")
    (only,) = found.properties
    assert (only.events, only.texts) == (5, 2)
    assert only.values[0] == Choice(42, 2)
    assert {(type(each.value), each.value) for each in only.values} == {
        (int, 42),
        (str, "42"),
        (bool, True),
    }


def test_only_the_newest_events_are_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE_EVENTS", 2)
    store(database, {"new": 1}, {"new": 2}, {"old": 3})
    found = ask(database, sample, "purchase")
    assert (found.events, found.is_whole) == (2, False)
    assert choices(found) == {("new",): [(1, 1), (2, 1)]}


def test_of_very_many_types_some_are_read(database: Database) -> None:
    for number in range(51):
        did(database, "ada@x.co", f"type {number:02}", properties={"in": number})
    found = ask(database, sample, None)
    assert (found.events, found.is_whole) == (50, False)


def test_for_any_type_all_types_are_read_alike(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLE_EVENTS", 4)
    store(database, *[{"path": "/"}] * 5, event_type="page_view")
    store(database, {"sku": "A"})
    found = ask(database, sample, None)
    assert (found.events, found.is_whole) == (3, False)
    assert choices(found) == {("path",): [("/", 2)], ("sku",): [("A", 1)]}


def test_a_type_that_is_not_there_has_none(database: Database) -> None:
    assert ask(database, sample, "purchase") == Sample(0, True, [])
    assert ask(database, sample, None) == Sample(0, True, [])
