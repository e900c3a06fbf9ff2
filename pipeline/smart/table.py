"""The contract's table: keywords that become a rule of one of the first three kinds.

It answers every prompt, so it is also what answers when nothing else understands one. The grammar
is built on it, and not the other way round.
"""

import re

from pipeline.rules import MAX_COUNT, MAX_DAYS
from pipeline.smart.numbers import clamped, integer

DEFAULT_DAYS = 30
DEFAULT_EVENT_TYPE = "page_view"
PAGE_EVENT_TYPE, PAGE_PATH = "page_view", "path"
#: What may stand after a name without being a part of it.
SENTENCE_END = ".,;:!?…\"'`”’»)]}>"  # noqa: RUF001 - typographic quotes are meant

# ASCII digits with optional thousands commas, never the tail of a longer number such as 1.5.
_NUMBER = r"(?<![0-9])(?<![0-9][.,])([0-9]+(?:,[0-9]{3})*)(?![0-9])"


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# All patterns but `_VISITED` see the prompt through `_spaced`: single spaces, no `_` or `-`.
# The first event type that is found anywhere wins, so the order matters here and below.
_EVENT_TYPES = (
    (_words(r"\badd(?:s|ed|ing)? (?:\w+ ){0,3}?to (?:\w+ )?cart\b"), "added_to_cart"),
    (_words(r"purchas(?:e|ing)"), "purchase"),
    (_words(r"\bsign(?:s|ed|ing)? ?ups?\b"), "signup"),
    (_words(r"\blog(?:s|ged|ging)? ?in(?:s|to)?\b"), "login"),
    (_words(r"\bpage ?view(?:s|ed|ing)?\b"), "page_view"),
    (_words(r"\bcheck(?:s|ed|ing)? ?outs?\b"), "checkout"),
)
_VISITED = _words(r"\b(?:visited|viewed)\s+(?:the\s+)?(?:page\s+)?[\"'`“‘«(\[]?(/\S*)")  # noqa: RUF001
_PRICING = _words(r"\bpricing\b")
# (what says how many, what to add to the number)
_COUNTS = (
    (_words(rf"(?:\bat least|>=) ?{_NUMBER}"), 0),
    (_words(rf"(?:\bmore than|>) ?{_NUMBER}"), 1),
)
_UNIT = r"[ ]?(day|week|month)s?\b"
_SPANS = (
    _words(rf"\b(?:last|past|within)(?: the)?(?: last| past)? {_NUMBER}{_UNIT}"),
    _words(rf"{_NUMBER}{_UNIT}"),
)
_DAYS_IN = {"day": 1, "week": 7, "month": 30}
_BARE_UNITS = ((_words(r"\bweek(?:s|ly)?\b"), 7), (_words(r"\bmonth(?:s|ly)?\b"), 30))


def answer(prompt: str) -> dict[str, object]:
    """The definition that the keywords in `prompt` add up to, in any case of letters."""
    visited = _VISITED.search(prompt)
    # A path is a name: the "week" in /weekly-deals says nothing about time.
    text = _spaced(prompt[: visited.start(1)] + prompt[visited.end(1) :] if visited else prompt)
    days = _days(text)
    if page := _page(visited, text):
        return property_equals(PAGE_EVENT_TYPE, PAGE_PATH, page, days)
    event_type = _event_type(text) or DEFAULT_EVENT_TYPE
    if min_count := _min_count(text):
        return count_at_least(event_type, min_count, days)
    return did(event_type, days)


def names_an_event(text: str) -> bool:
    """Whether one of the table's event types is found in `text`."""
    return _event_type(_spaced(text)) is not None


def did(event_type: str, days: int) -> dict[str, object]:
    """The definition of: did it in the last days."""
    return {"kind": "event_type_in_last_days", "eventType": event_type, "days": days}


def property_equals(event_type: str, path: str, value: str, days: int) -> dict[str, object]:
    """The definition of: did it with that property in the last days."""
    where = {"eventType": event_type, "path": path, "value": value}
    return {"kind": "event_property_equals", **where, "days": days}


def count_at_least(event_type: str, min_count: int, days: int) -> dict[str, object]:
    """The definition of: did it so many times in the last days."""
    counted = {"eventType": event_type, "minCount": min_count}
    return {"kind": "event_count_gte_in_last_days", **counted, "days": days}


def _spaced(prompt: str) -> str:
    joined = re.sub(r"(?<=\w)[-_](?=\w)", " ", prompt)  # sign-up, page_view, last-7-days
    return " ".join(joined.split())


def _page(visited: re.Match[str] | None, text: str) -> str | None:
    if visited:
        return visited[1].rstrip(SENTENCE_END)
    return "/pricing" if _PRICING.search(text) else None


def _event_type(text: str) -> str | None:
    found = (event_type for words, event_type in _EVENT_TYPES if words.search(text))
    return next(found, None)


def _min_count(text: str) -> int | None:
    for words, extra in _COUNTS:
        if match := words.search(text):
            return clamped(integer(match[1]) + extra, MAX_COUNT)
    return None


def _days(text: str) -> int:
    for span in _SPANS:
        if match := span.search(text):
            return clamped(integer(match[1]) * _DAYS_IN[match[2].lower()], MAX_DAYS)
    bare = (days for unit, days in _BARE_UNITS if unit.search(text))
    return next(bare, DEFAULT_DAYS)
