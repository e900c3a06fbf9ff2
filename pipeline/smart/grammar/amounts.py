"""Phrases about how many and how much, and about properties."""

import re
from dataclasses import replace
from decimal import Decimal

from pipeline.smart.grammar.dates import YEAR
from pipeline.smart.grammar.meanings import (
    Amount,
    Bound,
    Comparison,
    FilterOp,
    Where,
)
from pipeline.smart.grammar.rows import QUOTED, TOKEN, Match, quoted, row
from pipeline.smart.numbers import DIGITS, WORDS, value

MONEY_PATH = "total"  # the property that says what a purchase came to, unless the prompt names one

# The longer sign first: ">" is the beginning of ">=".
_COMPARISONS: dict[Comparison, str] = {
    "greater_or_equal": ">=|≥|at least|(?:no|not) (?:less|fewer) than|(?:a )?minimum(?: of)?"
    "|(?:more|greater) than or equal to",
    "less_or_equal": "<=|≤|at most|(?:no|not) more than|(?:a )?maximum(?: of)?|up to"
    "|(?:less|fewer) than or equal to",
    "greater": ">|(?:more|greater|higher|larger) than|over|above|exceed(?:s|ed|ing)?|upwards of"
    "|in excess of",
    "less": "<|(?:less|fewer|lower|smaller) than|under|below",
    "equals": "==?|exactly|precisely|only|just",
}
_COMPARED = f"(?:{'|'.join(f'(?P<{op}>{words})' for op, words in _COMPARISONS.items())})"
_FILTERS: dict[FilterOp, str] = {
    "not_equals": "!=|(?:is not|isn['’]?t)(?= )",  # noqa: RUF001 - a typographic apostrophe
    "equals": "==?|(?:is|equals?)(?= )",
    "contains": "contains?(?= )",
    "starts_with": "(?:starts?|begins?) with(?= )",
}
_FILTERED = f"(?:{'|'.join(f'(?P<{op}>{words})' for op, words in _FILTERS.items())})"
_PROPERTY = r"(?:where|whose) (?!e ?mail|address)(?P<name>[^\W\d]\w{0,99})"
_SIGN = r"[$€£¥]"
_COIN = rf"(?:{_SIGN}|(?:dollars?|usd|euros?|eur|pounds?|gbp|bucks)(?![^\W_]))"
# What may be counted: a number in front of anything else may be a year, or a size.
_COUNTED = (
    "(?= (?:(?:different|separate|successful|recent) )?"
    "(?:purchas|buy|order|log ?in|sign|page|check|visit|view|event|add|time))"
)


def _amount(name: str = "number") -> str:
    number = rf"(?P<{name}>{DIGITS}|{WORDS})"
    return rf"(?P<{name}_sign>{_SIGN})? ?{number}(?: ?(?P<{name}_coin>{_COIN}))?"


_RANGE = f"(?:between|from) {_amount()} (?:and|to) {_amount('high')}"
_YEARS = rf"(?:between|from) {YEAR} (?:and|to) {YEAR}(?![^\W_]| times)(?!{_COUNTED})"


def _is_money(match: Match, name: str = "number") -> bool:
    return bool(match[f"{name}_sign"] or match[f"{name}_coin"])


def _bound(match: Match) -> Bound:
    return next(op for op in _COMPARISONS if match[op]), value(match["number"])


def _compared(match: Match) -> Amount:
    return Amount((_bound(match),), "money" if _is_money(match) else "times")


def _or_more(match: Match) -> Amount:
    op: Comparison = "less_or_equal" if match["fewer"] else "greater_or_equal"
    return Amount(((op, value(match["number"])),), "money" if _is_money(match) else "times")


def _range(match: Match) -> Amount:
    low, high = sorted((value(match["number"]), value(match["high"])))
    money = _is_money(match) or _is_money(match, "high")
    bounds: tuple[Bound, Bound] = (("greater_or_equal", low), ("less_or_equal", high))
    return Amount(bounds, "money" if money else "times")


def _years(match: Match) -> Amount:
    """A range of money, where something is paid, but not of times."""
    return replace(_range(match), of=None)


def _so_many(match: Match) -> Amount:
    number = value(match["number"])
    return Amount((("greater_or_equal" if number else "equals", number),), "times")


def _so_much(match: Match) -> Amount:
    bound: Bound = ("greater_or_equal", value(match["number"]))
    return Amount((bound,), "money" if _is_money(match) else None)


def _paid(match: Match) -> Where:
    named = match["name"].lower()
    return Where(MONEY_PATH if named in ("value", "worth") else named, *_bound(match))


def _measured(match: Match) -> Where:
    return Where(match["name"], *_bound(match))


def _where(match: Match) -> Where:
    op = next(op for op in _FILTERS if match[op])
    text = quoted(match)
    return Where(match["name"], op, _scalar(match["token"]) if text is None else text)


def _scalar(token: str) -> str | int | float | Decimal | bool:
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    return value(token) if re.fullmatch(DIGITS, token) else token


# Before the name of an event; before anything else it is one of `ROWS`.
HOW_MANY = row(rf"(?P<number>{DIGITS}|{WORDS})", _so_many)

ROWS = (
    row(rf"{_PROPERTY} ?(?:(?:is|was) )?{_COMPARED} ?{_amount()}", _measured),
    row(rf"{_PROPERTY} ?{_FILTERED} ?(?:{QUOTED}|{TOKEN})", _where),
    row(
        "(?P<name>amount|total|price|subtotal|value|worth) (?:of |is |was )?"
        rf"{_COMPARED} ?{_amount()}",
        _paid,
    ),
    row(f"(?={_YEARS}){_RANGE}", _years),
    row(f"{_RANGE}(?: times)?", _range),
    row(
        rf"{_COMPARED} ?{_amount()}(?: times)?",
        _compared,
        in_table="(?:at least|>=|more than|>) ?[0-9][0-9,]*(?: times)?",
    ),
    row(
        rf"{_amount()}(?:\+|(?: times)? or (?:more|above|over|(?P<fewer>less|fewer|under)))"
        "(?: times)?",
        _or_more,
    ),
    row("(?P<number>once|twice|thrice)", _so_many),
    row(rf"(?P<number>{DIGITS}|{WORDS})(?: times|{_COUNTED})", _so_many),
    row(_amount(), _so_much),
)
