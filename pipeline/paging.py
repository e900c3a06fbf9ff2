"""Pages of long lists: a cursor is the key of a page's last row, opaque to callers."""

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline import exact_json
from pipeline.errors import Invalid

T = TypeVar("T")

LARGEST_PAGE = 200
DEFAULT_PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and where the next page starts (None: this was the last)."""

    rows: list[T]
    next_cursor: str | None


def page(rows: Sequence[T], limit: int, key: Callable[[T], tuple[str, ...]]) -> Page[T]:
    """A page of the first `limit` of up to `limit + 1` rows; the extra one tells of a next page."""
    shown = list(rows[:limit])
    return Page(shown, _encode(key(shown[-1])) if len(rows) > limit else None)


def position(cursor: str, length: int) -> tuple[str, ...]:
    """The key of `length` parts that a cursor holds; raises Invalid for any other text."""
    with suppress(ValueError):
        key = exact_json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        if isinstance(key, list) and [type(part) for part in key] == [str] * length:
            return tuple(key)
    raise Invalid("cursor is not one that a page has given")


def check_limit(limit: int) -> int:
    """`limit`, if it is a size that a page can have; else Invalid."""
    if not 1 <= limit <= LARGEST_PAGE:
        raise Invalid(f"limit must be an integer from 1 to {LARGEST_PAGE}")
    return limit


def _encode(key: tuple[str, ...]) -> str:
    return base64.urlsafe_b64encode(exact_json.dumps(key).encode()).decode()
