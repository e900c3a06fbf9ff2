"""Phrases about the calendar: days, months and years, and from one of them to another."""

import re
from calendar import monthrange
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from pipeline.smart.grammar.meanings import Period, Unknown
from pipeline.smart.grammar.rows import Match, row

_MONTHS = (
    "jan(?:uary)?",
    "feb(?:ruary)?",
    "mar(?:ch)?",
    "apr(?:il)?",
    "may",
    "june?",
    "july?",
    "aug(?:ust)?",
    "sep(?:t(?:ember)?)?",
    "oct(?:ober)?",
    "nov(?:ember)?",
    "dec(?:ember)?",
)
_MONTH = rf"(?:{'|'.join(_MONTHS)})(?![^\W_])\.?"
#: Never a part of a longer number.
YEAR = r"(?:19|20)[0-9]{2}(?![0-9]|[./-]w?[0-9]|,[0-9]{3}(?![0-9]))"
_DAY = r"(?:the )?[0-9]{1,2}(?:st|nd|rd|th)?(?![^\W_])"
_ISO = r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?![^\W_])"

_OF_MONTH = f"(?:{_DAY} (?:of )?{_MONTH}|{_MONTH} {_DAY})"
_OF_YEAR = f",? ?(?:of )?{YEAR}"
_DATE = f"(?:{_ISO}|(?:{_OF_MONTH}|{_MONTH}){_OF_YEAR})"
# As they begin, where the end says the rest: "1 to 15 November 2026".
_BEGINNING = f"(?:{_DATE}|{_OF_MONTH}|{_DAY}|{_MONTH})"
_END = f"(?:{_DATE}|{_DAY}{_OF_YEAR})"
_TO = r"(?: (?:to|through|until|till) | ?[-–—] ?)"  # noqa: RUF001 - dashes of all lengths

# In a phrase that is left out as a whole.
_TO_OR_AND = "(?:and|to|through|until|till)"
# Which number is the month, what year it was or when its quarters begin, is not for us to say.
_DIGITS = (
    "[0-9]{1,4}(?:/[0-9]{1,4}){1,2}"
    r"|[0-9]{1,4}(?:\.[0-9]{1,2}\.|-[0-9]{1,2}-)[0-9]{1,4}(?:t[0-9:.]{2,15}z?)?"
)
_PART = "[qh][1-4]"
_UNSURE = f"(?:{_DATE}|{_DIGITS}|{_OF_MONTH}|{_PART} {YEAR}|{YEAR} {_PART})"
_NOW = "(?:today|yesterday|tomorrow|now)"
# No window has only one end that stands still.
_ONE_END = (
    "(?:since|after|before|until|till|by|prior to|(?:on|in) or (?:after|before)"
    "|(?:earlier|later|older|newer|sooner) than"
    "|(?:starting|beginning|ending|as)(?: (?:on|in|from|with|of))?)"
)

_NO_WINDOW = Unknown(is_date=True)


class _Parts(NamedTuple):
    year: int | None
    month: int | None
    day: int | None


def _parts(text: str) -> _Parts:
    numbers = [int(number) for number in re.findall("[0-9]+", text)]
    if len(numbers) == 3:
        return _Parts(*numbers)
    year = next((number for number in numbers if number > 99), None)
    day = next((number for number in numbers if number <= 99), None)
    return _Parts(year, _month(text), day)


def _month(text: str) -> int | None:
    named = (number for number, name in enumerate(_MONTHS, 1) if _is_in(text, name))
    return next(named, None)


def _is_in(text: str, month: str) -> bool:
    return bool(re.search(rf"(?<![^\W_]){month}(?![^\W_])", text, re.IGNORECASE))


def _one(match: Match) -> Period | Unknown:
    parts = _parts(match["date"])
    return _period(parts, parts)


def _range(match: Match) -> Period | Unknown:
    first, last = _parts(match["first"]), _parts(match["last"])
    month = last.month or first.month
    if (first.day is None) != (last.day is None) or (last.day and not month):
        return _NO_WINDOW
    first = first._replace(year=first.year or last.year, month=first.month or month)
    return _period(first, last._replace(month=month))


def _period(first: _Parts, last: _Parts) -> Period | Unknown:
    with suppress(ValueError):  # the 31st of February
        begins, ends = _first_day(first), _last_day(last)
        if begins <= ends:
            return Period(begins, ends)
    return _NO_WINDOW


def _first_day(parts: _Parts) -> date:
    return date(parts.year or 0, parts.month or 1, parts.day or 1)


def _last_day(parts: _Parts) -> date:
    year, month = parts.year or 0, parts.month or 12
    return date(year, month, parts.day or monthrange(year, month)[1])


ROWS = (
    row(
        f"(?:on|in|during|from) (?:the year )?(?:{_DATE}|{YEAR})"
        "(?: or (?:later|earlier|after|before)| onwards?)",
        _NO_WINDOW,
    ),
    row(f"between (?P<first>{_BEGINNING}) (?:and|to) (?P<last>{_END})", _range),
    row(f"(?:(?:from|on|in|during) )?(?P<first>{_BEGINNING}){_TO}(?P<last>{_END})", _range),
    row(f"(?:in|during) (?P<first>{YEAR}){_TO}(?P<last>{YEAR})", _range),
    row(f"(?:on|in|during) (?P<date>{_DATE})", _one),
    row(f"(?:in|during) (?:the year )?(?P<date>{YEAR})(?! {_PART})", _one),
    row(
        f"(?:between|from|since) (?:{_UNSURE}|{_DAY}) {_TO_OR_AND} (?:{_UNSURE}|{_NOW})", _NO_WINDOW
    ),
    row(f"{_ONE_END} {YEAR}", _NO_WINDOW),
    row(f"(?:{_ONE_END}|from|up to) {_UNSURE}", _NO_WINDOW),
    row(f"(?!the )(?:{_DAY} {_TO_OR_AND} )?{_UNSURE}", _NO_WINDOW),
)
