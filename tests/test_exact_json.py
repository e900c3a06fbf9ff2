import json
import math
import sys
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import exact_json
from pipeline.limits import number_problem

NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.no_cover
@given(NUMBERS)
@example("12345678901234567890")
@example("0.1234567890123456789")
@example("1e400")
@example("-1E-400")
@example("5e-324")
@example("9" * 400)
@example("9" * 5000)
def test_a_number_keeps_its_value_to_the_last_digit(text: str) -> None:
    assert Decimal(exact_json.dumps(exact_json.loads(text))) == Decimal(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_stays_the_same_float(value: float) -> None:
    back = exact_json.loads(exact_json.dumps(value))
    assert type(back) is float
    assert back.hex() == value.hex()


@given(st.integers())
@example(10**399)
def test_an_integer_stays_the_same_integer(value: int) -> None:
    back = exact_json.loads(exact_json.dumps(value))
    assert type(back) is int
    assert back == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", int),
        ("1.0", float),
        ("1e2", float),
        ("0.1", float),
        ("0.1000", float),
        ("0.1234567890123456789", Decimal),
        ("1e400", Decimal),
        ("-1e400", Decimal),
        ("1e-400", Decimal),
        ("9" * 400, int),
        ("9" * 401, Decimal),
    ],
)
def test_only_what_no_float_or_short_integer_can_hold_becomes_a_decimal(
    text: str, kind: type
) -> None:
    assert type(exact_json.loads(text)) is kind


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1e99999999999999999999", 1),
        ("-1e99999999999999999999", -1),
        ("1e-99999999999999999999", 0),
    ],
)
def test_an_exponent_beyond_every_type_is_a_number_beyond_every_limit(
    text: str, problem: int
) -> None:
    found = exact_json.loads(text)
    assert number_problem(found) == "within a double's range"
    assert (found > sys.float_info.max) - (found < -sys.float_info.max) == problem


@given(VALUES)
def test_any_value_comes_back_as_it_went_in(value: Any) -> None:
    assert exact_json.loads(exact_json.dumps(value)) == value


@given(VALUES)
def test_what_is_written_is_ordinary_json(value: Any) -> None:
    assert json.loads(exact_json.dumps(value)) == value


@given(VALUES)
def test_ordinary_json_is_read_alike_as_text_and_as_bytes(value: Any) -> None:
    text = json.dumps(value)
    assert exact_json.loads(text) == exact_json.loads(text.encode()) == value


@given(st.text())
def test_any_text_is_either_read_or_refused_with_a_value_error(text: str) -> None:
    with suppress(ValueError):
        exact_json.loads(text)


@given(st.binary())
def test_any_bytes_are_either_read_or_refused_with_a_value_error(data: bytes) -> None:
    with suppress(ValueError):
        exact_json.loads(data)


def test_text_is_written_compactly_and_as_it_is() -> None:
    assert exact_json.dumps({"größe": [1, 2.5, "🎉"]}) == '{"größe":[1,2.5,"🎉"]}'


def test_indented_text_is_for_people_and_as_exact() -> None:
    text = '{\n  "größe": 0.1234567890123456789,\n  "a": []\n}'
    assert exact_json.indented(exact_json.loads(text)) == text


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, False, False),
        ([1, {"a": [0]}], [1, {"a": [0.0]}], True),
        ([1, {"a": [0]}], [1, {"a": [False]}], False),
        ([1], [1, 1], False),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({}, [], False),
    ],
)
def test_values_are_the_same_when_their_json_means_the_same(
    one: object, other: object, is_same: bool
) -> None:
    assert exact_json.same(one, other) == is_same
    assert exact_json.same(other, one) == is_same


@pytest.mark.parametrize(
    "text", ["", "{", "[1,]", "{'a': 1}", "01", "1.", ".5", "+1", "0x10", "\u0661", "1 2", "nul"]
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line 1 column"):
        exact_json.loads(text)


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}")], ids=["list", "object"])
@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize("closed", [True, False])
def test_too_deep_a_nesting_is_refused(start: str, end: str, depth: int, closed: bool) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        exact_json.loads(start * depth + "1" + end * depth * closed)


def test_a_reasonable_nesting_is_read() -> None:
    value = exact_json.loads("[" * 100 + "]" * 100)
    assert exact_json.dumps(value) == "[" * 100 + "]" * 100


@pytest.mark.parametrize(
    "bad",
    [math.nan, math.inf, -math.inf, *map(Decimal, ("NaN", "sNaN", "Infinity", "-Infinity"))],
    ids=repr,
)
@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: [x], lambda x: {"a": {"b": x}}], ids=["bare", "list", "object"]
)
def test_what_json_has_no_number_for_is_not_written(bad: object, wrap: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        exact_json.dumps(wrap(bad))


@pytest.mark.parametrize(
    "bad", [object(), {1, 2}, b"bytes", 1j], ids=["object", "set", "bytes", "complex"]
)
def test_what_is_not_json_is_not_written(bad: object) -> None:
    with pytest.raises(TypeError):
        exact_json.dumps({"a": bad})
