"""What texts and numbers that come from outside may be."""

import re
import sys
from decimal import Decimal

from pipeline.errors import Invalid

EMAIL_LENGTH = 254
TYPE_LENGTH = 200
KEY_LENGTH = 255
NAME_LENGTH = 200
DESCRIPTION_LENGTH = 2_000
PROMPT_LENGTH = 2_000
#: Of what is known of a customer, such as a SKU, and written to them.
FACT_LENGTH = 200
SUBJECT_LENGTH = 1_000
BODY_LENGTH = 100_000

# The dot is the first that can be it. If it were any, each of a long text's dots would be tried.
_EMAIL = re.compile(r"[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+")
_LARGEST = sys.float_info.max
# The smallest double; PostgreSQL's numeric ends further down, at 16,383 digits after the point.
_SMALLEST = Decimal("4.94e-324")
_DECIMAL_PLACES = 16_000


def unstorable(value: str) -> str | None:
    """Why no database takes this text, as the end of a sentence; None when it does."""
    if "\0" in value:
        return "must not contain NUL characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "must not contain lone surrogates"
    return None


def number_problem(value: float | Decimal) -> str | None:
    """What a number would have to be, as the end of a sentence; None when it is."""
    # A float's NaN is in no range, a Decimal's raises when compared.
    nan = isinstance(value, Decimal) and value.is_nan()
    if nan or not -_LARGEST <= value <= _LARGEST:
        return "within a double's range"
    if isinstance(value, Decimal) and value:
        if abs(value) < _SMALLEST:
            return "within a double's range"
        if -int(value.as_tuple().exponent) > _DECIMAL_PLACES:
            return f"of at most {_DECIMAL_PLACES} decimals"
    return None


def check_text(value: str, field: str, longest: int) -> str:
    """`value`, if it can be stored and has at most `longest` characters; else Invalid."""
    if problem := unstorable(value):
        raise Invalid(f"{field} {problem}")
    if len(value) > longest:
        raise Invalid(f"{field} must be at most {longest} characters")
    return value


def is_email(text: str) -> bool:
    """Whether it reads like an address once it is trimmed and lower-cased."""
    return _EMAIL.fullmatch(text.strip().lower()) is not None


def filled(value: object) -> str | None:
    """The trimmed text of a non-blank string, None for anything else."""
    return (value.strip() or None) if isinstance(value, str) else None


def required(value: object, what: str) -> str:
    """The trimmed text of a non-blank string; raises Invalid for anything else."""
    text = filled(value)
    if text is None:
        raise Invalid(f"{what} is required")
    return text


def optional(value: object, field: str, longest: int) -> str | None:
    """The trimmed text; None for a blank one and for no string; raises Invalid as `check_text`."""
    text = filled(value)
    return check_text(text, field, longest) if text else None


def check_name(value: object, noun: str) -> str:
    """The trimmed name of a segment or a campaign; raises Invalid for none, or too long a one."""
    return check_text(required(value, f"{noun} name"), "name", NAME_LENGTH)


def check_subject(value: object) -> str:
    """The trimmed subject of a mail, which is one line; raises Invalid for what is none."""
    subject = _check_filled(value, "subject", SUBJECT_LENGTH)
    if subject.splitlines() != [subject]:
        raise Invalid("subject must be a single line")
    return subject


def check_body(value: object) -> str:
    """The trimmed body of a mail; raises Invalid for what is none."""
    return _check_filled(value, "body", BODY_LENGTH)


def _check_filled(value: object, field: str, longest: int) -> str:
    text = filled(value)
    if text is None:
        raise Invalid(f"{field} must be a non-blank string")
    return check_text(text, field, longest)


def check_description(value: object) -> str | None:
    """The trimmed description; None for a blank one and for what is no string."""
    return optional(value, "description", DESCRIPTION_LENGTH)
