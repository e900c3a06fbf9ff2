"""The rule builder without its screen: the tree, its changes, what is missing, what is typed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from pages.builder import forms, mistakes, words
from pages.builder.actions import ACTIONS
from pages.builder.inputs import OPERANDS
from pages.builder.tree import Draft, Piece, walk
from pipeline.errors import Invalid
from pipeline.rules import KINDS
from pipeline.rules.filters import OPERATORS
from tests.language import all_of, any_of, not_

A, B, C = ({"kind": "email", "op": "contains", "value": letter} for letter in "abc")


def at(draft: Draft, path: str) -> Piece:
    return dict(walk(draft.rule))[path]


# ----------------------------------------------------------------------------------------- changes
@pytest.mark.parametrize(
    ("action", "path", "before", "after"),
    [
        ("Remove", "rules[0]", all_of(A, B), all_of(B)),
        ("Remove", "rules[1].rules[0]", all_of(A, any_of(B)), all_of(A, any_of())),
        ("Remove", "rules[0]", all_of(not_(A), B), all_of(B)),
        ("Remove", "", A, all_of()),
        ("Duplicate", "rules[0]", any_of(A, B), any_of(A, A, B)),
        ("Duplicate", "", A, all_of(A, A)),
        ("Duplicate", "", not_(A), all_of(not_(A), not_(A))),
        ("Turn into the opposite", "", A, not_(A)),
        ("Turn into the opposite", "", not_(A), A),
        ("Turn into the opposite", "rules[1]", any_of(A, B), any_of(A, not_(B))),
        ("Turn into the opposite", "rules[0]", any_of(not_(all_of(A))), any_of(all_of(A))),
        ("Put into a group", "", A, any_of(A)),
        ("Put into a group", "rules[1]", all_of(A, B), all_of(A, any_of(B))),
        ("Dissolve the group", "rules[1]", all_of(A, any_of(B, C)), all_of(A, B, C)),
        ("Dissolve the group", "", any_of(A), A),
        ("Move up", "rules[1]", all_of(A, B, C), all_of(B, A, C)),
        ("Move down", "rules[1]", all_of(A, B, C), all_of(A, C, B)),
    ],
)
def test_a_change_is_made_where_it_was_asked_for(
    action: str, path: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    draft = Draft(Piece(before))
    rule = at(draft, path)
    assert ACTIONS[action].fits(draft, rule)
    ACTIONS[action].do(draft, rule)
    assert draft.rule == after


def test_of_equal_rules_the_one_meant_is_changed() -> None:
    draft = Draft(Piece(all_of(A, A, A)))
    second = at(draft, "rules[1]")
    draft.negate(second)
    assert draft.rule == all_of(A, not_(A), A)


@pytest.mark.parametrize(
    ("action", "path", "definition"),
    [
        ("Move up", "rules[0]", all_of(A, B)),
        ("Move down", "rules[1]", all_of(A, B)),
        ("Move up", "", A),
        ("Move down", "", A),
        ("Dissolve the group", "", any_of(A, B)),
        ("Dissolve the group", "rules[0]", all_of(A, B)),
    ],
)
def test_what_makes_no_sense_is_not_offered(action: str, path: str, definition: object) -> None:
    draft = Draft(Piece(definition))
    assert not ACTIONS[action].fits(draft, at(draft, path))


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_happens_to_a_rule_that_is_gone(action: str) -> None:
    draft = Draft(Piece(all_of(A, B)))
    gone = at(draft, "rules[0]")
    draft.replace(gone)
    ACTIONS[action].do(draft, gone)
    assert draft.rule == all_of(B)


def test_a_rule_is_added_to_its_group_or_makes_one() -> None:
    draft = Draft(Piece(A))
    draft.add(draft.rule, Piece(B))
    assert draft.rule == all_of(A, B)
    draft.add(draft.rule, Piece(C))
    assert draft.rule == all_of(A, B, C)


def test_a_copy_has_inputs_of_its_own() -> None:
    draft = Draft(Piece(all_of({"kind": "event", "filters": [{"path": "a"}]})))
    draft.duplicate(at(draft, "rules[0]"))
    first, second = draft.rule.rules
    assert first == second
    assert first.id != second.id
    assert first["filters"][0].id != second["filters"][0].id


def test_each_change_can_be_taken_back_in_turn() -> None:
    draft = Draft(Piece(A))
    draft.remember()
    assert not draft.can_undo
    draft.rule["value"] = "z"
    draft.remember()
    draft.remember()
    draft.negate(draft.rule)
    draft.remember()
    draft.undo()
    assert draft.rule == {**A, "value": "z"}
    draft.undo()
    assert draft.rule == A
    assert not draft.can_undo


def test_nothing_happens_when_there_is_nothing_left_to_take_back() -> None:
    draft = Draft(Piece(A))
    draft.remember()
    draft.negate(draft.rule)
    draft.remember()
    for _ in range(3):
        draft.undo()
    assert draft.rule == A


def test_a_value_that_becomes_true_instead_of_1_can_be_taken_back() -> None:
    draft = Draft(Piece({**EVENT, "filters": [{**FILTER, "value": 1}]}))
    draft.remember()
    draft.rule["filters"][0]["value"] = True
    draft.remember()
    draft.undo()
    assert draft.rule["filters"][0]["value"] is not True


# ---------------------------------------------------------------------------------- kinds and forms
def test_there_is_a_form_for_every_kind() -> None:
    assert {*forms.FORMS, "not"} == {*KINDS}


@pytest.mark.parametrize("kind", forms.FORMS)
def test_a_new_rule_has_the_fields_of_its_kind_and_only_they_are_missing(kind: str) -> None:
    new = forms.new(kind)
    said = mistakes.of(new)
    assert said is None or said.endswith(".")
    assert said is None or "must" not in said


def test_a_rule_that_changes_its_kind_keeps_what_both_have() -> None:
    simple = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 7}
    event = forms.new("event", like=simple)
    assert (event["eventType"], event["window"]) == ("purchase", {"lastDays": 7})
    back = forms.new("event_count_gte_in_last_days", like=event)
    assert (back["eventType"], back["days"], back["minCount"]) == ("purchase", 7, 3)


# ---------------------------------------------------------------------------------- what is missing
EVENT = {**forms.new("event"), "eventType": "purchase"}
FILTER = {"path": "sku", "op": "equals", "value": "A"}
EQUAL = {**forms.new("event_property_equals"), "eventType": "purchase", "value": "A"}
TOTAL = {**forms.new("event_value"), "eventType": "purchase", "path": "total"}
BOUGHT = {"eventType": "purchase", "filters": []}
SEQUENCE = {**forms.new("sequence"), "first": BOUGHT, "then": BOUGHT}
WHOLE = "as a whole number"


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (A, None),
        ({**A, "value": None}, "Say which value."),
        (all_of(), "Add a condition."),
        (all_of({**A, "value": None}), None),
        (not_({**A, "value": None}), None),
        (EVENT, None),
        ({**EVENT, "eventType": None}, None),
        ({**EVENT, "eventType": ""}, "Choose an event type."),
        ({**EVENT, "count": {"op": "equals", "value": None}}, "Say how many times."),
        ({**EVENT, "window": {"lastDays": None}}, "Say how many days."),
        ({**EVENT, "window": {"olderThanDays": None}}, "Say how many days."),
        ({**EVENT, "window": {"between": ["2026-06-01", None]}}, "Choose both days."),
        ({**EVENT, "filters": [FILTER, {**FILTER, "path": None}]}, "Choose a property."),
        ({**EVENT, "filters": [{**FILTER, "value": None}]}, "Say which value."),
        ({**EVENT, "filters": [{**FILTER, "op": "in", "value": []}]}, "Say which value."),
        ({**EVENT, "eventType": " "}, "Choose an event type."),
        ({**EVENT, "window": {"lastDays": 9999}}, f"Say how many days, {WHOLE} from 1 to 3,650."),
        ({**EVENT, "window": {"lastDays": "x"}}, f"Say how many days, {WHOLE} from 1 to 3,650."),
        (
            {**EVENT, "count": {"op": "equals", "value": "-1"}},
            f"Say how many times, {WHOLE} from 0 to 1,000,000,000.",
        ),
        (
            {**SEQUENCE, "withinHours": 87_601},
            f"Say how many hours, {WHOLE} from 1 to 87,600.",
        ),
        ({**TOTAL, "value": "much"}, "Say which value, as a number."),
        ({**EVENT, "filters": [FILTER] * 21}, "At most 20 filters."),
        (any_of(*[A] * 51), "At most 50 conditions in a group."),
        (
            {**EQUAL, "path": "sku", "value": "A" * 70_000},
            "Definition must be at most 64 KiB as JSON.",
        ),
        (
            {**EQUAL, "path": ["utm", "source"]},
            'Choose a property that is in no other; "did something" with a filter takes those too.',
        ),
        ({"kind": "segment"}, "Choose a segment."),
    ],
)
def test_a_rule_says_what_it_lacks_itself(definition: dict[str, Any], said: str | None) -> None:
    assert mistakes.of(Piece(definition)) == said


def test_a_rule_is_whole_when_nothing_in_it_is_missing() -> None:
    assert mistakes.whole(Piece(all_of(A, {**B, "value": None}))) is None
    assert mistakes.whole(Piece(all_of(A, B))) is not None


def test_a_rule_too_large_is_refused_as_a_whole() -> None:
    definition: dict[str, Any] = A
    for _ in range(10):
        definition = not_(definition)
    with pytest.raises(Invalid, match="at most 10 rules deep"):
        mistakes.whole(Piece(definition))


# ------------------------------------------------------------------------------------ what is typed
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("/pricing", "/pricing"),
        ("two words", "two words"),
        ("42", 42),
        ("4.50", 4.5),
        ("0.1234567890123456789", Decimal("0.1234567890123456789")),
        ('"42"', "42"),
        ("true", True),
        ('"true"', "true"),
        ("null", "null"),
        ("NaN", "NaN"),
        ("1e400", "1e400"),
        ("1" * 350, "1" * 350),
        ("1e-400", "1e-400"),
        ("[1]", "[1]"),
        ('"', '"'),
    ],
)
def test_a_value_is_a_number_or_a_text_as_one_would_write_it(text: str, value: object) -> None:
    read = words.scalar(text)
    assert (type(read), read) == (type(value), value)
    assert words.scalar(words.shown(value)) == value


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (words.whole, " 7 ", 7),
        (words.whole, "", None),
        (words.whole, "7.5", "7.5"),
        (words.whole, "-1", "-1"),
        (words.whole, "seven", "seven"),
        (words.whole, "9" * 5_000, "9" * 5_000),
        (words.number, "-1.50", -1.5),
        (words.number, "", None),
        (words.number, "true", "true"),
        (words.number, "1,000", "1,000"),
    ],
)
def test_a_number_that_is_none_stays_as_it_was_typed(
    read: Callable[[str], object], text: str, value: object
) -> None:
    assert read(text) == value


def test_every_operator_has_an_input_for_what_it_compares_with() -> None:
    assert {*OPERANDS} == {*OPERATORS}
