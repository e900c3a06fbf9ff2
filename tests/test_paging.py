"""Pages and their cursors."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Invalid
from pipeline.paging import check_limit, page, position

NOT_OURS = "cursor is not one that a page has given"


def cursor_of(text: str) -> str:
    """What only someone who makes up a cursor would send."""
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("rows", "more"), [("", False), ("ab", False), ("abc", False), ("abcd", True)]
)
def test_a_page_has_a_cursor_when_there_was_one_row_more(rows: str, more: bool) -> None:
    found = page(rows, 3, lambda row: (row,))
    assert found.rows == list(rows[:3])
    assert (found.next_cursor is not None) == more


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_leads_back_to_the_key_it_was_made_of(key: list[str]) -> None:
    cursor = page([key, key], 1, tuple).next_cursor
    assert cursor
    assert cursor.isascii()
    assert position(cursor, len(key)) == tuple(key)


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "a b", "%", "é", "\0", "\ud800", "====", cursor_of(""), cursor_of("{}"),
        cursor_of("null"), cursor_of('"ada"'), cursor_of("[]"), cursor_of("[1]"),
        cursor_of("[null]"), cursor_of('["a","b"]'), cursor_of('["a"'), cursor_of("[" * 9999),
        cursor_of("1e99999999999999999999"), base64.b64encode(b"\xff\xfe").decode(),
    ],
    ids=lambda cursor: ascii(cursor)[:20],
)  # fmt: skip
def test_a_cursor_that_no_page_has_given_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match=NOT_OURS):
        position(cursor, 1)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_a_position_or_refused(cursor: str) -> None:
    try:
        key = position(cursor, 1)
    except Invalid as error:
        key = (str(error),)
    assert [type(part) for part in key] == [str]


@pytest.mark.parametrize("limit", [0, -1, 201, 10**30])
def test_a_limit_outside_1_to_200_is_refused(limit: int) -> None:
    with pytest.raises(Invalid, match="limit must be an integer from 1 to 200"):
        check_limit(limit)


@pytest.mark.parametrize("limit", [1, 50, 200])
def test_a_limit_from_1_to_200_is_taken(limit: int) -> None:
    assert check_limit(limit) == limit
