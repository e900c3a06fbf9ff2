"""The rule language as text: what is refused and how, what is kept, how it reads."""

import json
from decimal import Decimal
from typing import Any

import pytest

from pipeline.errors import Invalid
from pipeline.rules import KINDS, parse
from tests.language import (
    A_SEGMENT,
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


def refusal(definition: object) -> str:
    with pytest.raises(Invalid) as caught:
        parse(definition)
    assert str(caught.value).startswith(caught.value.path)
    return str(caught.value)


# ---------------------------------------------------------------------------------------- refusals
A_COMPARISON = "equals, not_equals, greater, greater_or_equal, less, less_or_equal"
AN_OPERATOR = A_COMPARISON.replace("not_equals,", "not_equals, in,")
A_SCALAR = "must be a string, a number or a boolean"
TWO_DATES = "must be a list of two dates such as 2026-06-15"
REFUSED: list[tuple[Any, str]] = [
    (all_of(), "rules must be a list of 1 to 50 rules"),
    (any_of(*[event()] * 51), "rules must be a list of 1 to 50 rules"),
    ({"kind": "any"}, "rules must be a list of 1 to 50 rules"),
    ({"kind": "any", "rules": {}}, "rules must be a list of 1 to 50 rules"),
    (all_of(event(), 5), "rules[1] must be a JSON object"),
    (all_of({}), "rules[0] must have a 'kind' field"),
    (any_of({"kind": "x" * 500}), f"rules[0].kind is unknown: '{'x' * 100}'"),
    ({"kind": "not"}, "rule must be a JSON object"),
    (not_([]), "rule must be a JSON object"),
    (not_(not_({"kind": 7})), "rule.rule must have a 'kind' field"),
    (event(5), "eventType must be a non-empty string"),
    (event(" "), "eventType must be a non-empty string"),
    (event(filters={}), "filters must be a list of 0 to 20 filters"),
    (event(filters=[where("a", "exists")] * 21), "filters must be a list of 0 to 20 filters"),
    (event(filters=["a"]), "filters[0] must be a JSON object"),
    (event(filters=[{}]), "filters[0].path must be a non-empty string or a list of 1 to 32 keys"),
    (
        event(filters=[where(" ", "exists")]),
        "filters[0].path must be a non-empty string or a list of 1 to 32 keys",
    ),
    (
        event(filters=[where(["a"] * 33, "exists")]),
        "filters[0].path must be a non-empty string or a list of 1 to 32 keys",
    ),
    (
        event(filters=[where(["a", None], "exists")]),
        "filters[0].path[1] must be a string or a non-negative integer",
    ),
    (
        event(filters=[where(["a", -1], "exists")]),
        "filters[0].path[1] must be a non-negative integer",
    ),
    (
        event(filters=[where("a", "like")]),
        f"filters[0].op must be one of: {AN_OPERATOR}, contains,",
    ),
    (event(filters=[where("a", "equals")]), f"filters[0].value {A_SCALAR}"),
    (event(filters=[where("a", "greater", [1])]), f"filters[0].value {A_SCALAR}"),
    (event(filters=[where("a", "contains", 1)]), "filters[0].value must be a string"),
    (event(filters=[where("a", "in", [])]), "filters[0].value must be a list of 1 to 1,000"),
    (event(filters=[where("a", "in", "abc")]), "filters[0].value must be a list of 1 to 1,000"),
    (event(filters=[where("a", "in", [1, None])]), f"filters[0].value[1] {A_SCALAR}"),
    (
        event(filters=[where("a", "less", Decimal("1e400"))]),
        "filters[0].value must be a number within a double's range",
    ),
    (event(window=7), "window must be a JSON object or null"),
    (event(window={}), "window must have exactly one of: lastDays, olderThanDays, between"),
    (
        event(window={"lastDays": 1, "olderThanDays": 2}),
        "window must have exactly one of: lastDays, olderThanDays, between",
    ),
    (event(window={"lastDays": 0}), "window.lastDays must be a positive integer"),
    (event(window={"olderThanDays": "7"}), "window.olderThanDays must be a positive integer"),
    (event(window={"lastDays": 3651}), "window.lastDays must be at most 3650"),
    (event(window={"between": "2026-06-15"}), f"window.between {TWO_DATES}"),
    (event(window={"between": ["2026-06-15"]}), f"window.between {TWO_DATES}"),
    (event(window={"between": ["2026-06-15", "2026-06-31"]}), f"window.between {TWO_DATES}"),
    (event(window={"between": ["2026-06-15", "2026-W25-1"]}), f"window.between {TWO_DATES}"),
    (event(window={"between": ["2026-06-15", 20260616]}), f"window.between {TWO_DATES}"),
    (event(count=3), "count must be a JSON object"),
    (event(count={"op": "in"}), f"count.op must be one of: {A_COMPARISON}"),
    (event(count={"op": "equals"}), "count.value must be a non-negative integer"),
    (event(count=times("equals", -1)), "count.value must be a non-negative integer"),
    (event(count=times("equals", 1.5)), "count.value must be a non-negative integer"),
    (event(count=times("equals", 10**9 + 1)), "count.value must be at most 1000000000"),
    (value("median", "equals", 1), "aggregate must be one of: sum, avg, min, max, distinct"),
    (value("sum", "in", [1]), f"op must be one of: {A_COMPARISON}"),
    (value("sum", "equals", "1"), "value must be a number"),
    (value("sum", "equals", True), "value must be a number"),
    (value("sum", "equals", float("nan")), "value must be a number within a double's range"),
    ({"kind": "sequence"}, "first must be a JSON object"),
    (sequence(then=None), "then must be a JSON object"),
    (sequence(then={"eventType": ""}), "then.eventType must be a non-empty string"),
    (sequence(first={"filters": [1]}), "first.filters[0] must be a JSON object"),
    (sequence(withinHours=0), "withinHours must be a positive integer"),
    (sequence(withinHours=87_601), "withinHours must be at most 87600"),
    (sequence(negate="yes"), "negate must be true or false"),
    (seen("first", lastDays=None), "window.lastDays must be a positive integer"),
    (email("like", "a"), "op must be one of: equals, contains, ends_with, in"),
    (email("equals", " "), "value must be a non-empty string"),
    (email("in", "a@b.co"), "value must be a list of 1 to 1,000 addresses"),
    (email("in", ["a@b.co", 5]), "value[1] must be a non-empty string"),
    ({"kind": "segment", "segmentId": None}, "segmentId must be the id of a segment"),
    ({"kind": "segment", "segmentId": "x"}, "segmentId must be the id of a segment"),
    ({"kind": "segment", "segmentId": A_SEGMENT[:-1]}, "segmentId must be the id of a segment"),
]


@pytest.mark.parametrize(("definition", "sentence"), REFUSED, ids=lambda part: str(part)[:60])
def test_what_does_not_fit_is_refused_with_the_path_to_it(definition: Any, sentence: str) -> None:
    assert refusal(definition).startswith(sentence)
    inside = refusal(all_of(event(), not_(definition)))
    assert inside.startswith(f"rules[1].rule.{sentence}")


def test_the_first_mistake_is_the_one_reported() -> None:
    twice = all_of(event(window={"lastDays": 0}, count=5, eventType=5), 7)
    assert refusal(twice) == "rules[0].eventType must be a non-empty string"


@pytest.mark.parametrize(
    ("text", "what"), [("a\0", "NUL characters"), ("\ud800", "lone surrogates")], ids=ascii
)
@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda text: event(text), "eventType"),
        (lambda text: event(filters=[where(text, "exists")]), "filters[0].path"),
        (lambda text: event(filters=[where(["a", text], "exists")]), "filters[0].path[1]"),
        (lambda text: event(filters=[where("a", "equals", text)]), "filters[0].value"),
        (lambda text: event(filters=[where("a", "in", ["b", text])]), "filters[0].value[1]"),
        (lambda text: event(filters=[where("a", "starts_with", text)]), "filters[0].value"),
        (lambda text: email("contains", text), "value"),
    ],
)
def test_what_no_database_can_store_is_refused(make: Any, path: str, text: str, what: str) -> None:
    assert refusal(make(text)) == f"{path} must not contain {what}"


# ------------------------------------------------------------------------------------------ limits
def deep(levels: int) -> dict[str, Any]:
    rule = event()
    for _ in range(levels - 1):
        rule = not_(rule)
    return rule


def wide(rules: int) -> dict[str, Any]:
    """So many rules: a group of groups."""
    groups, rest = divmod(rules - 1, 51)
    return all_of(*[all_of(*[event()] * 50)] * groups, *[event()] * rest)


def test_ten_levels_two_hundred_rules_and_64_kib_are_the_most() -> None:
    assert parse(deep(10)).definition()["kind"] == "not"
    assert refusal(deep(11)) == "Definition must be at most 10 rules deep"
    assert parse(wide(200)).definition()["kind"] == "all"
    assert refusal(wide(201)) == "Definition must have at most 200 rules"
    whole = {"kind": "email", "op": "equals", "value": ""}
    longest = {**whole, "value": "x" * (64 * 1024 - len(json.dumps(whole, separators=(",", ":"))))}
    assert parse(longest).definition() == longest
    assert refusal({**longest, "a": 1}) == "Definition must be at most 64 KiB as JSON"


def test_a_definition_is_measured_as_it_will_be_kept() -> None:
    short = {"kind": "all", "rules": [event("x" * 280)] * 50}
    grown = all_of(*[short] * 3, *[event("x" * 280)] * 46)
    assert len(json.dumps(grown)) < 64 * 1024
    assert refusal(grown) == "Definition must be at most 64 KiB as JSON"
    noise = [float("nan")] * 30_000
    assert refusal(event(noise=noise)) == "Definition must be at most 64 KiB as JSON"


@pytest.mark.parametrize(
    "hostile",
    [
        deep(100_000),
        all_of(*[event()] * 100_000),
        {"kind": "all", "rules": [{"kind": "all", "rules": []}] * 100_000},
        event(filters=[where("a", "in", ["x"] * 100_000)]),
        event(**{"x" * 1_000_000: 1}),
    ],
    ids=["deep", "wide", "empty", "values", "key"],
)
def test_a_hostile_definition_is_refused_before_it_is_looked_at(hostile: dict[str, Any]) -> None:
    assert refusal(hostile).startswith("Definition must ")


# ------------------------------------------------------------------------------------ what is kept
COMPLETE: list[dict[str, Any]] = [
    all_of(event(filters=[], window=None, count=times("less", 3)), not_(email("contains", "x"))),
    event(
        None,
        filters=[
            where(["a", 0, "b"], "in", [1, "1", True, 1.5]),
            {"path": "a", "op": "missing"},
            where(" a.b ", "equals", Decimal("0.1234567890123456789")),
        ],
        window={"between": ["2026-06-01", "2026-07-01"]},
        count=times("equals", 0),
    ),
    value("avg", "greater", 1.5, filters=[], window={"olderThanDays": 7}),
    {
        "kind": "sequence",
        "first": {"eventType": None, "filters": [{"path": "a", "op": "exists"}]},
        "then": {"eventType": "b", "filters": []},
        "withinHours": 3,
        "window": {"lastDays": 30},
        "negate": True,
    },
    seen("first", lastDays=1),
    seen("last"),
    email("in", ["Ada@Example.com", "b@c.de"]),
    {"kind": "segment", "segmentId": A_SEGMENT},
]


@pytest.mark.parametrize("definition", COMPLETE, ids=lambda d: d["kind"])
def test_a_rule_comes_back_as_its_definition(definition: dict[str, Any]) -> None:
    rule = parse(definition)
    assert rule.definition() == definition
    assert parse(rule.definition()) == rule
    assert isinstance(rule, KINDS[definition["kind"]])


def test_what_is_left_out_is_what_it_means() -> None:
    whole = {"eventType": None, "filters": [], "window": None}
    at_least_one = times("greater_or_equal", 1)
    assert parse({"kind": "event"}).definition() == {
        "kind": "event",
        **whole,
        "count": at_least_one,
    }
    none = dict.fromkeys((*whole, "count"))
    assert parse({"kind": "event", **none}) == parse({"kind": "event"})
    assert parse(sequence()).definition() == sequence(
        first={"eventType": "added_to_cart", "filters": []},
        then={"eventType": "purchase", "filters": []},
        window=None,
        negate=False,
    )


def test_definitions_are_kept_clean() -> None:
    untidy = event(
        " purchase ",
        filters=[{"path": "a", "op": "exists", "value": 5, "colour": "red"}],
        window={"lastDays": 7.0, "colour": "red"},
        count={"op": "equals", "value": 3.0},
        colour="red",
    )
    assert parse(untidy).definition() == event(
        filters=[{"path": "a", "op": "exists"}],
        window={"lastDays": 7},
        count=times("equals", 3),
    )
    assert parse(email("ends_with", " @X.co ")).definition() == email("ends_with", "@X.co")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [(1, True, False), (0, False, False), (1, 1.0, True), ([0, 1], [0, True], False)],
)
def test_rules_are_the_same_when_their_values_are_to_the_language(
    one: Any, other: Any, is_same: bool
) -> None:
    op = "in" if isinstance(one, list) else "equals"
    rules = [parse(any_of(event(filters=[where("n", op, value)]))) for value in (one, other)]
    assert (rules[0] == rules[1]) == is_same


# --------------------------------------------------------------------------------------- sentences
A, B, C, D = (event(name) for name in "abcd")
LAST_30 = {"lastDays": 30}
READS: list[tuple[dict[str, Any], str]] = [
    (
        all_of(
            event(count=times("greater_or_equal", 3), window={"lastDays": 90}),
            event("login", count=times("equals", 0), window=LAST_30),
        ),
        "did purchase at least 3 times in the last 90 days and did not login in the last 30 days",
    ),
    (event(None), "did anything"),
    (
        event(None, count=times("less", 1), window={"lastDays": 1}),
        "did not do anything in the last day",
    ),
    (event(count=times("greater", 0)), "did purchase"),
    (event(count=times("not_equals", 0)), "did purchase"),
    (event(count=times("less_or_equal", 0)), "did not purchase"),
    (event(count=times("equals", 1)), "did purchase exactly once"),
    (event(count=times("less", 1000)), "did purchase fewer than 1,000 times"),
    (event(count=times("not_equals", 2)), "did purchase other than 2 times"),
    (event(window={"olderThanDays": 1}), "did purchase more than a day ago"),
    (
        event(window={"between": ["2026-06-01", "2026-07-01"]}),
        "did purchase from 2026-06-01 to 2026-06-30",
    ),
    (event(window={"between": ["2026-06-01", "2026-06-02"]}), "did purchase on 2026-06-01"),
    (
        event(window={"between": ["2026-06-02", "2026-06-01"]}),
        "did purchase from 2026-06-02 to 2026-05-31",
    ),
    (event("added to cart"), 'did "added to cart"'),
    (event("anything"), 'did "anything"'),
    (event(filters=[where("plan", "equals", "pro")]), 'did purchase with plan "pro"'),
    (
        event(
            filters=[
                where("n", "greater", 5),
                where("day", "greater", "2026"),
                where("b", "equals", True),
            ]
        ),
        'did purchase with n more than 5, day after "2026" and b true',
    ),
    (
        event(filters=[where(["items", 0, "a.b"], "exists"), where("coupon", "missing")]),
        'did purchase with any items[0]."a.b" and no coupon',
    ),
    (
        event(filters=[where("a", "in", ["x", 1]), where("b", "in", [*range(1000)])]),
        'did purchase with a "x" or 1 and b 0, 1, 2, 3 or 996 others',
    ),
    (
        event(filters=[where("a", "contains", 'q"'), where("b", "starts_with", "/p")]),
        'did purchase with a containing "q\\"" and b starting with "/p"',
    ),
    (
        event(filters=[where("a", "less_or_equal", "x"), where("b", "less_or_equal", 1.5)]),
        'did purchase with a "x" or before and b at most 1.5',
    ),
    (
        event(
            filters=[
                where("a", "not_equals", 1),
                where("b", "less", 1),
                where("c", "greater_or_equal", 1),
            ]
        ),
        "did purchase with a other than 1, b less than 1 and c at least 1",
    ),
    (
        value("sum", "greater", 100, window=LAST_30),
        "did purchase with total adding up to more than 100 in the last 30 days",
    ),
    (
        value("avg", "less", 20, filters=[where("currency", "equals", "EUR")]),
        'did purchase with currency "EUR" and total averaging less than 20',
    ),
    (value("min", "equals", 5), "did purchase with a smallest total of exactly 5"),
    (value("max", "less_or_equal", 5), "did purchase with a largest total of at most 5"),
    (
        value("distinct", "greater_or_equal", 3, eventType=None),
        "did anything with at least 3 different values of total",
    ),
    (
        sequence(window={"lastDays": 7}),
        "did added_to_cart in the last 7 days followed by purchase within 24 hours",
    ),
    (
        sequence(negate=True, withinHours=1),
        "did added_to_cart not followed by purchase within an hour",
    ),
    (seen("first", lastDays=30), "were first seen in the last 30 days"),
    (seen("first"), "were first seen at any time"),
    (seen("last", olderThanDays=60), "were last seen more than 60 days ago"),
    (seen("last", lastDays=60), "were seen in the last 60 days"),
    (email("ends_with", "@example.com"), 'have an address that ends with "@example.com"'),
    (email("contains", "ada"), 'have an address that contains "ada"'),
    (email("in", ["a@b.co", "c@d.ef"]), 'have the address "a@b.co" or "c@d.ef"'),
    ({"kind": "segment", "segmentId": A_SEGMENT}, f"are in the segment {A_SEGMENT}"),
    # --- groups
    (all_of(A, B, C), "did a, did b and did c"),
    (any_of(A, B, C), "did a, did b or did c"),
    (all_of(A, all_of(B, C), D), "did a, did b, did c and did d"),
    (all_of(A, any_of(B, C)), "did a and either did b or did c"),
    (all_of(any_of(A, B), C), "(did a or did b) and did c"),
    (any_of(all_of(A, B), C), "(did a and did b) or did c"),
    (any_of(A, all_of(B, C)), "did a or (did b and did c)"),
    (any_of(A, all_of(B, any_of(C, D))), "did a or (did b and either did c or did d)"),
    (all_of(A, any_of(B)), "did a and did b"),
    (all_of(A, any_of(all_of(B, C))), "did a and (did b and did c)"),
    # --- not
    (
        all_of(not_(sequence()), A),
        "(are not among those who did added_to_cart followed by purchase within 24 hours)"
        " and did a",
    ),
    (all_of(not_(not_(any_of(A, B))), C), "(did a or did b) and did c"),
    (all_of(not_(any_of(A)), C), "did not a and did c"),
    (not_(A), "did not a"),
    (not_(not_(A)), "did a"),
    (not_(event(count=times("greater", 2))), "did purchase at most 2 times"),
    (not_(any_of(A)), "did not a"),
    (not_(all_of(A, B)), "are not among those who (did a and did b)"),
    (all_of(not_(any_of(A, B)), C), "are not among those who (did a or did b) and did c"),
    (
        not_(value("sum", "greater", 1)),
        "are not among those who did purchase with total adding up to more than 1",
    ),
    (
        not_(sequence()),
        "are not among those who did added_to_cart followed by purchase within 24 hours",
    ),
    (not_(seen("last", lastDays=60)), "were not seen in the last 60 days"),
    (not_(seen("first", lastDays=60)), "were not first seen in the last 60 days"),
    (not_(email("equals", "a@b.co")), 'do not have the address "a@b.co"'),
    (not_({"kind": "segment", "segmentId": A_SEGMENT}), f"are not in the segment {A_SEGMENT}"),
    (
        not_({"kind": "event_type_in_last_days", "eventType": "a", "days": 7}),
        "did not a in the last 7 days",
    ),
    (
        not_({"kind": "event_count_gte_in_last_days", "eventType": "a", "days": 7, "minCount": 3}),
        "did a fewer than 3 times in the last 7 days",
    ),
    (
        not_({"kind": "event_count_gte_in_last_days", "eventType": "a", "days": 7, "minCount": 1}),
        "did not a in the last 7 days",
    ),
    (
        not_(
            {
                "kind": "event_property_equals",
                "eventType": "a",
                "path": "b",
                "value": "c",
                "days": 7,
            }
        ),
        'did not a with b "c" in the last 7 days',
    ),
]


@pytest.mark.parametrize(("definition", "sentence"), READS, ids=[reads for _, reads in READS])
def test_a_rule_reads_as_english_after_customers_who(
    definition: dict[str, Any], sentence: str
) -> None:
    assert parse(definition).sentence() == sentence


@pytest.mark.parametrize(
    ("kind", "field"),
    [("event", "count"), ("event", "filters"), ("event_value", "filters"), ("sequence", "negate")],
)
def test_the_schema_says_where_null_stands_for_the_default(kind: str, field: str) -> None:
    schema = KINDS[kind].model_json_schema(by_alias=True)["properties"][field]
    assert {"type": "null"} in schema.get("anyOf", []) or "null" in schema["type"]
