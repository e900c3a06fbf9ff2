"""What an input shows of a value, and how what is typed into it is read."""

from decimal import Decimal
from typing import Any

from pipeline import exact_json
from pipeline.limits import number_problem

_MANY_DIGITS = 20


def whole(text: str) -> int | str | None:
    """A whole number; what is none stays as it was typed, for the rule to refuse it."""
    digits = text.strip()
    is_whole = digits.isascii() and digits.isdigit() and len(digits) < _MANY_DIGITS
    return int(digits) if is_whole else text or None


def number(text: str) -> Any:
    """A number, digit by digit; what is none stays as it was typed, for the rule to refuse it."""
    value = scalar(text)
    return (text or None) if isinstance(value, str | bool) else value


def scalar(text: str) -> Any:
    """A number, a boolean, a string in quotation marks, or else the text itself as a string."""
    try:
        value = exact_json.loads(text)
    except ValueError:
        return text
    if isinstance(value, int | float | Decimal):
        return text if number_problem(value) else value
    return value if isinstance(value, str) else text


def shown(value: Any) -> str:
    """The text that `scalar` reads as this value."""
    if isinstance(value, str) and scalar(value) == value:
        return value
    return exact_json.dumps(value)
