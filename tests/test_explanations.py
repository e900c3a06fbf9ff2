"""Explanations and counts: why she is in, why he is not, which condition empties the audience."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from pipeline.database import Database
from pipeline.drafts import generate_drafts
from pipeline.errors import NotFound
from pipeline.rules import parse
from pipeline.segments import count, create_segment, preview, sizes
from pipeline.segments.explanations import Explanation, counts, explain
from tests.factories import NOW, ago, ask, campaign, did, draft_statuses
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
LAPSED = all_of(
    event(count=times("greater_or_equal", 2), window={"lastDays": 90}),
    not_(event("login", window={"lastDays": 30})),
)


@pytest.fixture
def ada(database: Database) -> uuid.UUID:
    """Who bought three things and added two to the cart, logged in long ago, and then visited."""
    for n, (days, sku) in enumerate([(80, "MUG"), (60, "CUP"), (40, "MUG"), (20, "POT")]):
        did(database, ADA, "purchase", ago(days=days), {"sku": sku, "total": n + 0.1})
    did(database, ADA, "added_to_cart", ago(days=61))
    did(database, ADA, "added_to_cart", ago(days=10))
    did(database, ADA, "login", ago(days=50))
    return did(database, ADA, "visit", ago(hours=2)).customer_id


def explained(
    database: Database, definition: dict[str, Any], customer_id: uuid.UUID, **ago_: float
) -> Explanation:
    rule = parse(definition)
    return ask(database, explain, rule, customer_id, now=ago(**ago_)).explanation


def nodes(top: Explanation) -> list[Explanation]:
    return [top, *(node for rule in top.rules for node in nodes(rule))]


# -------------------------------------------------------------------------------------- explanation
def test_each_node_says_whether_it_holds(database: Database, ada: uuid.UUID) -> None:
    top = explained(database, LAPSED, ada)
    assert [(node.path, node.kind, node.matches) for node in nodes(top)] == [
        ("", "all", True),
        ("rules[0]", "event", True),
        ("rules[1]", "not", True),
        ("rules[1].rule", "event", False),
    ]
    assert [node.sentence for node in nodes(top)] == [
        "did purchase at least 2 times in the last 90 days and did not login in the last 30 days",
        "did purchase at least 2 times in the last 90 days",
        "did not login in the last 30 days",
        "did login in the last 30 days",
    ]


def test_a_condition_shows_what_was_found_and_the_newest_three_events(
    database: Database, ada: uuid.UUID
) -> None:
    _, bought, _, logged_in = nodes(explained(database, LAPSED, ada))
    assert bought.found
    assert (bought.found.count, bought.found.newest_at) == (4, ago(days=20))
    assert [each.properties["sku"] for each in bought.found.events] == ["POT", "MUG", "CUP"]
    assert logged_in.found
    assert (logged_in.found.count, logged_in.found.newest_at) == (0, None)
    assert logged_in.found.events == []


@pytest.mark.parametrize(
    ("definition", "number", "newest", "found", "days"),
    [
        (event(filters=[where("sku", "equals", "MUG")]), 2, 40, None, [40, 80]),
        (event(None, window={"olderThanDays": 45}), 4, 50, None, [50, 60, 61]),
        (value("sum", "greater", 6), 4, 20, Decimal("6.4"), [20, 40, 60]),
        (value("avg", "greater", 1), 4, 20, Decimal("1.6"), [20, 40, 60]),
        (value("min", "greater", 1), 4, 20, Decimal("0.1"), [20, 40, 60]),
        (value("max", "greater", 1), 4, 20, Decimal("3.1"), [20, 40, 60]),
        ({**value("distinct", "less", 9), "path": "sku"}, 4, 20, Decimal(3), [20, 40, 60]),
        ({**value("distinct", "less", 9), "path": "colour"}, 4, 20, None, [20, 40, 60]),
        ({**value("sum", "less", 9), "path": "sku"}, 4, 20, None, [20, 40, 60]),
        (sequence(withinHours=48), 1, 61, None, [61]),
        (sequence(withinHours=48, negate=True), 1, 10, None, [10]),
        (seen("first"), 8, 2 / 24, None, [80, 61, 60]),
        (seen("last"), 8, 2 / 24, None, [2 / 24, 10, 20]),
        (
            {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 50},
            2, 20, None, [20, 40],
        ),
        (
            {"kind": "event_property_equals", "eventType": "purchase", "days": 99,
             "path": "sku", "value": "MUG"},
            2, 40, None, [40, 80],
        ),
        (
            {"kind": "event_count_gte_in_last_days", "eventType": "purchase", "days": 70,
             "minCount": 9},
            3, 20, None, [20, 40, 60],
        ),
    ],
)  # fmt: skip
def test_the_evidence_of_a_kind_is_what_it_counts(
    database: Database,
    ada: uuid.UUID,
    definition: dict[str, Any],
    number: int,
    newest: float,
    found: Decimal | None,
    days: list[float],
) -> None:
    evidence = explained(database, definition, ada).found
    assert evidence
    assert (evidence.count, evidence.newest_at) == (number, ago(days=newest))
    assert evidence.value == found
    assert [each.occurred_at for each in evidence.events] == [ago(days=each) for each in days]


def test_a_condition_on_the_address_has_no_events(database: Database, ada: uuid.UUID) -> None:
    assert explained(database, email("contains", "ada"), ada).found is None


def test_an_explanation_as_of_a_past_moment_knows_nothing_later(
    database: Database, ada: uuid.UUID
) -> None:
    top = explained(database, LAPSED, ada, days=45)
    assert [node.matches for node in nodes(top)] == [False, True, False, True]
    assert top.rules[0].found
    assert top.rules[0].found.count == 2
    # Who does not exist yet is in no audience, nor in its opposite.
    before = explained(database, any_of(LAPSED, not_(LAPSED)), ada, days=90)
    assert not any(node.matches for node in nodes(before))


def test_an_unknown_customer_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="Customer not found"):
        explained(database, LAPSED, uuid.uuid4())


# ----------------------------------------------------------------------------------- one evaluator
LANGUAGE: list[dict[str, Any]] = [
    LAPSED,
    event(count=times("equals", 0)),
    event(None, count=times("less", 3), window={"lastDays": 30}),
    event(filters=[where("sku", "in", ["MUG", 1, True])]),
    all_of(event(filters=[where("total", "greater", 2)])),
    not_(not_(value("sum", "greater", 3))),
    value("distinct", "greater_or_equal", 1, window={"between": ["2026-04-01", "2026-06-01"]}),
    sequence(negate=True),
    sequence(),
    any_of(seen("first", lastDays=30), seen("last", olderThanDays=30)),
    email("ends_with", "x.co"),
    any_of(email("contains", "b"), all_of(not_(event("login")), not_(email("contains", "a")))),
    {"kind": "event_type_in_last_days", "eventType": "visit", "days": 7},
    {"kind": "event_count_gte_in_last_days", "eventType": "purchase", "days": 60, "minCount": 2},
]


@pytest.mark.parametrize("days", [0, 45])
def test_preview_segment_explanation_counts_sizes_and_campaign_agree(
    database: Database, ada: uuid.UUID, days: int
) -> None:
    ids = {ADA: ada}
    for address, what in [("bob@x.co", "purchase"), ("eve@x.co", "visit"), ("new@x.co", "login")]:
        at = ago(days=10 if address == "new@x.co" else 50)
        ids[address] = did(database, address, what, at, {"total": 5, "sku": 1}).customer_id
    now = ago(days=days)
    for definition in LANGUAGE:
        rule = parse(definition)
        audience = {each.email for each in ask(database, preview, rule, now=now).customers}
        assert ask(database, count, rule, now=now) == len(audience)
        explanations = {
            address: explained(database, definition, ids[address], days=days) for address in ids
        }
        assert {address for address, each in explanations.items() if each.matches} == audience
        node_counts = ask(database, counts, rule, now=now)
        assert [(each.path, each.sentence) for each in node_counts] == [
            (node.path, node.sentence) for node in nodes(explanations[ADA])
        ]
        for number, *verdicts in zip(node_counts, *map(nodes, explanations.values()), strict=True):
            assert number.count == sum(node.matches for node in verdicts), number.path
        *_, (size,) = [ask(database, sizes, rule, 1, now=now)]
        assert (size.at, size.count) == (now, len(audience))
        segment = ask(database, create_segment, name="A", definition=definition, now=NOW)
        assert parse(segment.definition) == rule
        campaign_id = campaign(database, definition)
        assert generate_drafts(database, campaign_id, now=now) == len(audience)
        assert set(draft_statuses(database, campaign_id)) == audience


# ------------------------------------------------------------------------------------------- counts
def test_the_counts_show_which_condition_empties_the_audience(
    database: Database, ada: uuid.UUID
) -> None:
    did(database, "bob@x.co", "login")
    found = ask(database, counts, parse(LAPSED), now=NOW)
    assert [(each.path, each.kind, each.count) for each in found] == [
        ("", "all", 1),
        ("rules[0]", "event", 1),
        ("rules[1]", "not", 1),
        ("rules[1].rule", "event", 1),
    ]
    nobody = all_of(event(), event("login", filters=[where("a", "exists")]))
    assert [each.count for each in ask(database, counts, parse(nobody), now=NOW)] == [0, 1, 0]


@pytest.mark.no_cover
def test_the_largest_rule_can_be_counted_explained_and_followed_over_time(
    database: Database, ada: uuid.UUID
) -> None:
    filters = [where("sku", "in", ["MUG", n]) for n in range(5)]
    leaf = event(filters=filters, count=times("less", 3))
    rule = all_of(*[any_of(*[leaf] * 48)] * 4)
    for _ in range(2):
        rule = not_(rule)
    assert {each.count for each in ask(database, counts, parse(rule), now=NOW)} == {0, 1}
    top = explained(database, rule, ada)
    assert (top.matches, len(nodes(top))) == (True, 199)
    assert [size.count for size in ask(database, sizes, parse(rule), 3, now=NOW)] == [1, 1, 1]
