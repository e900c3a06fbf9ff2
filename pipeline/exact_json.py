"""JSON in which numbers stay what they were written as.

A float is kept where its shortest text has the same value, a `Decimal` where it does not, so
`0.1` is an ordinary float and `0.1234567890123456789` still comes out digit by digit.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

# Longer integers are beyond a double's range (309 digits), and Python refuses to parse them at all
# from 4,300 digits on (CVE-2020-10735); as a Decimal they reach the check that names the field.
_LONGEST_INT = 400
#: Stands for what is closer to zero than any number that can be stored.
_TOO_SMALL = Decimal("1e-999999")


def number(text: str) -> int | float | Decimal:
    """The value of a JSON number, exactly: what is beyond a double as a `Decimal`."""
    if text.lstrip("-").isdigit():
        return int(text) if len(text) <= _LONGEST_INT else Decimal(text)
    short = float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits: no limit on numbers lets it pass
        return (Decimal("Infinity") if short else _TOO_SMALL).copy_sign(Decimal(short))
    return short if exact == Decimal(repr(short)) else exact


def loads(text: str | bytes) -> Any:
    """Parse JSON; raises ValueError on anything else, too deep a nesting included."""
    try:
        return simplejson.loads(text, parse_float=number, parse_int=number, allow_nan=True)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


_options: dict[str, Any] = {
    "ensure_ascii": False,
    "separators": (",", ":"),
    "allow_nan": False,
    "check_circular": False,
}
_quick = json.JSONEncoder(**_options)
_exact = simplejson.JSONEncoder(use_decimal=True, encoding=None, **_options)


def dumps(value: Any) -> str:
    """Compact JSON; raises ValueError for NaN and infinities, TypeError for what is not JSON."""
    try:
        return _quick.encode(value)
    except TypeError:  # a Decimal
        return str(_exact.encode(value))


def indented(value: Any) -> str:
    """JSON that is as exact, over several lines: for people."""
    return str(simplejson.dumps(value, use_decimal=True, ensure_ascii=False, indent=2))


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1 is 1.0, but not true, as it is to Python."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
