"""What there is to choose from: types, properties, values."""

from decimal import Decimal

from pipeline.catalogue import (
    EventType,
    ObservedProperty,
    ObservedValue,
    event_types,
    observed,
)
from pipeline.database import Database
from tests.factories import NOW, ago, ask, did


def test_event_types_are_counted_exactly_most_frequent_first(database: Database) -> None:
    assert ask(database, event_types) == []
    for days in range(3):
        did(database, "ada@x.co", "visit", ago(days=days))
    did(database, "bob@x.co", "visit", ago(days=9))
    did(database, "bob@x.co", "login", ago(days=5))
    did(database, "bob@x.co", "Login", ago(days=5))
    assert ask(database, event_types) == [
        EventType("visit", 4, 2, ago(days=9), NOW),
        EventType("Login", 1, 1, ago(days=5), ago(days=5)),
        EventType("login", 1, 1, ago(days=5), ago(days=5)),
    ]


def test_properties_and_values_are_counted_most_frequent_first(database: Database) -> None:
    for n, properties in enumerate(
        [
            {"sku": "MUG", "n": 1, "product": {"size": "L", "in": {"deep": True}}},
            {"sku": "CUP", "n": 1.0, "gone": None},
            {"sku": "MUG", "n": "1", "list": [1, 2]},
            {"sku": "MUG", "n": True, "a.b": Decimal("0.1234567890123456789")},
        ]
    ):
        did(database, "ada@x.co", "purchase", ago(days=n), properties)
    did(database, "ada@x.co", "visit", NOW, {"page": "/"})
    found = ask(database, observed, "purchase")
    assert found.sampled == 4
    by_path = {str(each.path): each for each in found.properties}
    assert by_path["sku"] == ObservedProperty(
        "sku", 4, [ObservedValue("MUG", 3), ObservedValue("CUP", 1)]
    )
    assert [each.events for each in by_path["n"].values] == [2, 1, 1]  # 1 and 1.0 are one
    assert by_path["['product', 'size']"].values == [ObservedValue("L", 1)]
    assert by_path["['product', 'in', 'deep']"].values == [ObservedValue(True, 1)]
    assert (by_path["list"].events, by_path["list"].values) == (1, [])
    assert by_path["a.b"].path == "a.b"
    assert "gone" not in by_path
    assert [each.path for each in found.properties[:2]] == ["n", "sku"]


def test_only_the_newest_events_are_looked_at(database: Database) -> None:
    for days in range(5):
        did(database, "ada@x.co", "visit", ago(days=days), {f"p{days}": days})
    found = ask(database, observed, "visit", newest=2)
    assert (found.sampled, [each.path for each in found.properties]) == (2, ["p0", "p1"])


def test_at_most_fifty_values_are_named(database: Database) -> None:
    for n in range(60):
        did(database, "ada@x.co", "visit", ago(minutes=n), {"page": f"/{n}"})
    (page,) = ask(database, observed, "visit").properties
    assert (page.events, len(page.values)) == (60, 50)


def test_an_unknown_type_has_no_properties(database: Database) -> None:
    found = ask(database, observed, "visit")
    assert (found.sampled, found.properties) == (0, [])
