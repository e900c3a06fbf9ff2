"""Paths in words, as people read and type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.paths import from_words, in_words

KEYS = st.one_of(
    st.sampled_from(["a", "a.b", "a[0]", "", '"', '"a"', "\\", "\n", "é"]),
    st.text("a0_$/:-"),
    st.text(),
)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("plan", "plan"),
        ("og:title", "og:title"),
        ("utm.source", '"utm.source"'),
        ("first name", '"first name"'),
        (["product", "sku"], "product.sku"),
        (["items", 0, "sku"], "items[0].sku"),
        (["a.b", "c"], '"a.b".c'),
        (["og:meta", "title"], "og:meta.title"),
    ],
)
def test_a_path_reads_as_one_would_write_it_and_back(path: object, words: str) -> None:
    assert in_words(path) == words
    assert from_words(words) == path


@pytest.mark.parametrize("text", ["first name", "a.", ".a", "a..b", "a[", "a[x]", '"', '"a', ""])
def test_what_is_no_path_is_a_key_as_it_stands(text: str) -> None:
    assert from_words(text) == text


@given(st.lists(st.one_of(KEYS, st.integers(0, 10**9 - 1)), min_size=2, max_size=5))
def test_every_deeper_path_comes_back(path: list[str | int]) -> None:
    assert from_words(in_words(path)) == path


@given(KEYS)
def test_every_key_comes_back(key: str) -> None:
    assert from_words(in_words(key)) == key
