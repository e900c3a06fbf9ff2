"""What looks like a mistake in a rule is said beside its answer."""

from typing import Any

import pytest

from pipeline.database import Database
from pipeline.rules import parse
from pipeline.segments import create_segment
from pipeline.segments.warnings import RuleWarning, rule_warnings
from tests.factories import NOW, address, ago, ask, did
from tests.language import all_of, any_of, not_, value

BOUGHT: dict[str, Any] = {"kind": "event", "eventType": "purchase"}
VISITED: dict[str, Any] = {"kind": "event", "eventType": "page_view"}
PURCHASE: dict[str, Any] = {
    "sku": "A",
    "items": [{"price": 1}, {"size": 2}],
    "pair": [None, 1],
    "cart": {"first": {"product": {"maker": {"name": "X"}}}},
}


@pytest.fixture
def shop(database: Database) -> Database:
    did(database, address(1), "purchase", ago(days=40), PURCHASE)
    did(database, address(2), "page_view", ago(days=20), {"path": "/"})
    return database


def said(database: Database, definition: dict[str, Any]) -> list[tuple[str, str]]:
    found = ask(database, rule_warnings, parse(definition), now=NOW)
    return [(each.path, each.message) for each in found]


def often(op: str, value: int) -> dict[str, Any]:
    return {**BOUGHT, "count": {"op": op, "value": value}}


def with_property(path: Any, op: str = "exists", value: Any = None) -> dict[str, Any]:
    return {**BOUGHT, "filters": [{"path": path, "op": op, "value": value}]}


# ------------------------------------------------------------------------------------------- names
def test_a_rule_about_what_was_seen_has_no_warning(shop: Database) -> None:
    rules = [
        BOUGHT,
        with_property("sku"),
        with_property(["items", 0, "price"]),
        with_property(["items", 3, "price"]),
        with_property(["items", 1, "size"]),
        with_property(["pair", 1]),
        with_property(["cart", "first", "product", "maker", "name"]),
        {"kind": "event", "eventType": None, "filters": [{"path": "path", "op": "exists"}]},
        {"kind": "event_type_in_last_days", "eventType": "page_view", "days": 30},
        {"kind": "email", "op": "contains", "value": "example"},
    ]
    assert said(shop, any_of(*rules)) == []


@pytest.mark.parametrize(
    ("definition", "warning"),
    [
        (
            {**BOUGHT, "eventType": "purchse"},
            ("", 'No event of the type "purchse" has been seen; did you mean "purchase"?'),
        ),
        (
            {"kind": "event_type_in_last_days", "eventType": "Purchase", "days": 30},
            ("", 'No event of the type "Purchase" has been seen; did you mean "purchase"?'),
        ),
        ({**BOUGHT, "eventType": "zzz"}, ("", 'No event of the type "zzz" has been seen')),
        (
            all_of(BOUGHT, not_({**BOUGHT, "eventType": "login"})),
            ("rules[1].rule", 'No event of the type "login" has been seen'),
        ),
        (
            {
                "kind": "sequence",
                "first": {"eventType": "purchase"},
                "then": {"eventType": "page_vew"},
                "withinHours": 1,
            },
            ("", 'No event of the type "page_vew" has been seen; did you mean "page_view"?'),
        ),
        (
            with_property("skuu"),
            (
                "",
                'No skuu has been seen in the events of the type "purchase"; did you mean "sku"?',
            ),
        ),
        (
            with_property(["items", 0, "prise"]),
            (
                "",
                'No items[0].prise has been seen in the events of the type "purchase";'
                ' did you mean "items[0].price"?',
            ),
        ),
        (
            with_property(["itms", 3, "price"]),
            (
                "",
                'No itms[3].price has been seen in the events of the type "purchase";'
                ' did you mean "items[0].price"?',
            ),
        ),
        (
            with_property(["cart", "first", "product", "vendor", "name"]),
            (
                "",
                "No cart.first.product.vendor.name has been seen in the events of the type"
                ' "purchase"; did you mean "cart.first.product.maker"?',
            ),
        ),
        (
            {
                "kind": "event_property_equals",
                "eventType": "page_view",
                "path": "sku",
                "value": "A",
                "days": 30,
            },
            ("", 'No sku has been seen in the events of the type "page_view"'),
        ),
        (
            {
                "kind": "event_value",
                "eventType": "purchase",
                "path": "total",
                "aggregate": "sum",
                "op": "greater",
                "value": 1,
            },
            ("", 'No total has been seen in the events of the type "purchase"'),
        ),
        (
            {"kind": "event", "eventType": None, "filters": [{"path": "skus", "op": "exists"}]},
            ("", 'No skus has been seen in the events; did you mean "sku"?'),
        ),
    ],
)
def test_a_name_never_seen_is_said_with_the_nearest(
    shop: Database, definition: dict[str, Any], warning: tuple[str, str]
) -> None:
    assert said(shop, definition) == [warning]


def test_a_property_that_was_never_a_text_cannot_equal_one(shop: Database) -> None:
    did(shop, address(1), "purchase", ago(days=1), {"total": 42, "zip": 10115})
    did(shop, address(1), "purchase", ago(days=1), {"zip": "10115"})
    rule = {"kind": "event_property_equals", "eventType": "purchase", "value": "42", "days": 30}
    assert said(shop, {**rule, "path": "zip"}) == []
    sentence = (
        'total has never been a text in the events of the type "purchase", and is compared with'
        ' one; for numbers take "did something" with a filter'
    )
    assert said(shop, {**rule, "path": "total"}) == [("", sentence)]


def test_a_property_that_is_to_be_missing_may_never_have_been_seen(shop: Database) -> None:
    assert said(shop, with_property("coupon", "missing")) == []


def test_of_many_events_the_newest_are_looked_through(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1_000):
        did(shop, address(3), "purchase", ago(minutes=number), {"often": 1})
    assert said(shop, with_property("often")) == []
    assert said(shop, with_property("sku")) == [
        ("", 'No sku has been seen in the newest events of the type "purchase"')
    ]


def test_of_more_types_than_are_looked_through_any_may_have_a_property(shop: Database) -> None:
    anything = {**with_property("coupon"), "eventType": None}
    assert said(shop, anything) == [("", "No coupon has been seen in the events")]
    for number in range(50):
        did(shop, address(1), f"another {number}", ago(days=1))
    did(shop, address(1), "refund", ago(days=1), {"coupon": "A"})
    assert said(shop, anything) == []


# ----------------------------------------------------------------------------------------- windows
@pytest.mark.parametrize(
    ("window", "oddity"),
    [
        ({"lastDays": 39}, None),
        ({"lastDays": 41}, "begins on 2026-05-05"),
        ({"olderThanDays": 39}, None),
        ({"olderThanDays": 40}, "ends on 2026-05-06"),
        ({"between": ["2026-01-01", "2026-06-01"]}, "begins on 2026-01-01"),
        ({"between": ["2026-01-01", "2026-02-01"]}, "begins on 2026-01-01"),
        ({"between": ["2026-05-07", "2026-06-01"]}, None),
    ],
)
def test_a_window_before_the_first_event_is_said(
    shop: Database, window: dict[str, Any], oddity: str | None
) -> None:
    sentence = f"The time looked at {oddity}, before the first event of all (2026-05-06)"
    assert said(shop, {**BOUGHT, "window": window}) == ([("", sentence)] if oddity else [])


def test_the_days_of_a_simple_rule_are_a_window_as_well(shop: Database) -> None:
    rule = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 90}
    found = said(shop, all_of(rule, {**rule, "days": 30}))
    assert found == [
        (
            "rules[0]",
            "The time looked at begins on 2026-03-17, before the first event of all (2026-05-06)",
        )
    ]


# ------------------------------------------------------------------------------------------- forms
NOBODY = "Whatever happened, nobody can be among the customers who "
EVERYBODY = "Whatever happened, everybody is among the customers who "
EMPTY = {"between": ["2026-06-01", "2026-06-01"]}


@pytest.mark.parametrize(
    ("definition", "path", "sentence"),
    [
        (all_of(BOUGHT, not_(BOUGHT)), "", NOBODY),
        (any_of(BOUGHT, not_(BOUGHT)), "", EVERYBODY),
        (not_(any_of(BOUGHT, not_(BOUGHT))), "", NOBODY),
        (often("less", 0), "", NOBODY),
        (often("greater_or_equal", 0), "", EVERYBODY),
        (not_(often("greater_or_equal", 0)), "", NOBODY),
        (all_of(VISITED, often("less", 0)), "", NOBODY),
        (any_of(VISITED, often("less", 0)), "rules[1]", NOBODY),
        (all_of(VISITED, often("greater_or_equal", 0)), "rules[1]", EVERYBODY),
        ({**BOUGHT, "window": EMPTY}, "", NOBODY),
        ({**often("less", 3), "window": EMPTY}, "", EVERYBODY),
        ({"kind": "last_seen", "window": EMPTY}, "", NOBODY),
        (value("distinct", "less", 1), "", NOBODY),
        (value("distinct", "equals", 1.5), "", NOBODY),
    ],
)
def test_a_rule_whose_form_decides_is_said(
    shop: Database, definition: dict[str, Any], path: str, sentence: str
) -> None:
    found = said(shop, definition)
    assert (path, sentence) in [(where, what[: len(sentence)]) for where, what in found]


def test_a_window_that_ends_before_it_begins_is_said_once_with_the_cause(shop: Database) -> None:
    rule = {"kind": "first_seen", "window": {"between": ["2026-06-11", "2026-06-10"]}}
    sentence = "were first seen from 2026-06-11 to 2026-06-09; the first day is after the last"
    assert said(shop, all_of(any_of(rule))) == [("rules[0].rules[0]", f"{NOBODY}{sentence}")]


@pytest.mark.parametrize(
    "definition",
    [
        often("equals", 0), often("equals", 1), often("not_equals", 0), often("not_equals", 1),
        often("greater", 0), often("less", 1), often("less_or_equal", 0), often("less", 2),
        all_of(BOUGHT, not_(VISITED)), any_of(BOUGHT, VISITED), not_(BOUGHT),
        any_of(with_property("sku", "equals", 1), not_(with_property("sku", "equals", True))),
    ],
)  # fmt: skip
def test_a_rule_that_depends_on_customers_is_not(
    shop: Database, definition: dict[str, Any]
) -> None:
    assert said(shop, definition) == []


def test_a_segment_that_a_rule_refers_to_is_looked_into(shop: Database) -> None:
    saved = ask(
        shop, create_segment, name="X", definition={**BOUGHT, "eventType": "purchse"}, now=NOW
    )
    ((path, sentence),) = said(shop, {"kind": "segment", "segmentId": str(saved.id)})
    assert path == "segment"
    assert sentence == 'No event of the type "purchse" has been seen; did you mean "purchase"?'


def test_an_empty_pipeline_says_that_nothing_was_seen(database: Database) -> None:
    found = ask(database, rule_warnings, parse(BOUGHT), now=NOW)
    assert found == [RuleWarning("", 'No event of the type "purchase" has been seen')]
