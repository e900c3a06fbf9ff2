"""Properties as a person types them: JSON, or a sentence that says where it ends to be it."""

from decimal import Decimal

import pytest

from pipeline.errors import Invalid
from pipeline.events.properties_text import parse_properties


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("", {}),
        ("  ", {}),
        ("{}", {}),
        (' {"sku": "MUG-01", "amount": 8.5} ', {"sku": "MUG-01", "amount": 8.5}),
        ('{"a": 0.1234567890123456789}', {"a": Decimal("0.1234567890123456789")}),
        ('{"a": {"b": [1, null, true]}}', {"a": {"b": [1, None, True]}}),
    ],
)
def test_properties_are_a_json_object_or_nothing(text: str, properties: object) -> None:
    assert parse_properties(text) == properties


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{\"a\":", "Properties are not JSON: expecting value at the end"),
        ('{"a": "x', "Properties are not JSON: unterminated string starting at character 7"),
        ('{"a": tru}', "Properties are not JSON: expecting value at character 7"),
        ('{"a": 1} b', "Properties are not JSON: extra data at character 10"),
        ('{"a": "\t"}', "Properties are not JSON: invalid control character at character 8"),
        ("[" * 100_000, "Properties are not JSON: JSON is nested too deeply"),
        ("[1]", "Properties must be a JSON object"),
        ("null", "Properties must be a JSON object"),
        ('{"a": NaN}', "properties must hold numbers within a double's range"),
        ('{"a": "\\u0000"}', "properties must not contain NUL characters"),
        (f'{{"a": "{"x" * 32_768}"}}', "properties must be at most 32 KiB as JSON"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_wrong_and_where(text: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_properties(text)
    assert str(refused.value) == sentence
