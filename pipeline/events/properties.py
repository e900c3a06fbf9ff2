"""An event's properties on their way in: checked, and written as JSON text member by member.

By member, because files have columns: where a value comes again, so does its checked text.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.limits import number_problem

MAX_BYTES = 32 * 1024
MAX_DEPTH = 32

_BYTES_PER_CHARACTER = 4
_MOST_MEMBERS = MAX_BYTES // len('"":0,')
_TOO_LARGE = f"properties must be at most {MAX_BYTES // 1024} KiB as JSON"


def properties_json(properties: Mapping[str, object]) -> str:
    """Compact JSON of an object's worth of properties; raises Invalid where a limit is broken."""
    if len(properties) > _MOST_MEMBERS:  # not to be looked through in vain
        raise Invalid(_TOO_LARGE)
    return join(member(name, value) for name, value in properties.items())


def member(name: str, value: object) -> str:
    """`"name":value`, as it stands inside the JSON object; raises Invalid for what cannot be."""
    text = _text(name, value)
    if len(text) > MAX_BYTES:  # before thousands of values are looked at
        raise Invalid(_TOO_LARGE)
    _check_value(value, MAX_DEPTH - 1)
    if r"\u0000" in text and _has_nul({name: value}):
        raise Invalid("properties must not contain NUL characters")
    return text


def _text(name: str, value: object) -> str:
    try:
        text = _member(name, value)
        text.encode()
    except UnicodeEncodeError:
        raise Invalid("properties must not contain lone surrogates") from None
    except (TypeError, ValueError, RecursionError):
        _check_value(value, MAX_DEPTH - 1)  # which may know better
        raise Invalid("properties must hold JSON values only") from None
    return text


def _member(name: str, value: object) -> str:
    # As most are: texts alone take a quarter of the time.
    if isinstance(value, str) and isinstance(name, str):
        return f"{exact_json.dumps(name)}:{exact_json.dumps(value)}"
    return exact_json.dumps({name: value})[1:-1]


def join(members: Iterable[str]) -> str:
    """The JSON object of these members; raises Invalid for one that is too large."""
    text = f"{{{','.join(members)}}}"
    if len(text) > MAX_BYTES // _BYTES_PER_CHARACTER and len(text.encode()) > MAX_BYTES:
        raise Invalid(_TOO_LARGE)
    return text


def _check_value(value: object, levels: int) -> None:
    if isinstance(value, int | float | Decimal):
        if problem := number_problem(value):
            raise Invalid(f"properties must hold numbers {problem}")
    elif isinstance(value, Mapping):
        _check_values(value.values(), levels)
    elif isinstance(value, list | tuple):
        _check_values(value, levels)


def _check_values(values: Iterable[object], levels: int) -> None:
    if levels == 0:
        raise Invalid(f"properties must nest at most {MAX_DEPTH} levels")
    for value in values:
        _check_value(value, levels - 1)


def _has_nul(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_nul(item) for pair in value.items() for item in pair)
    if isinstance(value, list | tuple):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value
