"""Templates such as `c{CustomerID}@example.com`, filled from a row's columns."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pipeline.errors import Invalid
from pipeline.files.numbers import COMMA, POINT
from pipeline.files.rows import unless_blank

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_WHOLE = {sign: re.compile(rf"(-?\d+){re.escape(sign)}0+") for sign in (POINT, COMMA)}

TextOf = Callable[[Any], str]
#: Gives a function that may look an earlier answer up instead of calling this one.
Remembering = Callable[[TextOf], TextOf]


def columns_in(template: str) -> list[str]:
    """The columns that a template is made of; what has no placeholder is itself a column."""
    return _PLACEHOLDER.findall(template) or [template]


def id_text(column: str, decimal: str, value: Any) -> str:
    """A value as it stands in a template; a numeric id such as `17850.0` becomes `17850`.

    With a decimal comma that is `17850,0`, and `17.000` stays what it is. Raises Invalid for a
    blank one: an id without it would be somebody else's.
    """
    if unless_blank(value) is None:
        raise Invalid(f"{column} is blank")
    text = str(value).strip()
    whole = _WHOLE[decimal].fullmatch(text)
    return whole[1] if whole else text


def filler(
    template: str, remembering: Remembering, decimal: str
) -> Callable[[Mapping[str, Any]], str]:
    """A function that fills a template, or takes the column that it names, from a row's values."""
    if "{" not in template:
        only = remembering(partial(id_text, template, decimal))
        return lambda values: only(values.get(template))
    start, *rest = _PLACEHOLDER.split(template)
    parts = [
        (name, remembering(partial(id_text, name, decimal)), text)
        for name, text in zip(rest[::2], rest[1::2], strict=True)
    ]
    return lambda values: (
        start + "".join([text_of(values.get(name)) + text for name, text_of, text in parts])
    )
