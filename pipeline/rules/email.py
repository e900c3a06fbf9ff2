"""Kind `email`: by address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from pipeline.limits import EMAIL_LENGTH, is_email
from pipeline.models import Customer
from pipeline.rules.english import MOST_SHOWN, joined, quoted
from pipeline.rules.fields import (
    MAX_VALUES,
    Required,
    check_non_empty,
    each,
    one_of,
)
from pipeline.rules.intervals import Condition
from pipeline.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Match:
    """How an address can match: its menu label, its SQL, its English."""

    name: str
    label: str
    holds: Callable[[Any], Condition]
    words: str


MATCHES = {
    match.name: match
    for match in (
        Match("equals", "is", lambda text: Customer.email == text, "the address"),
        Match(
            "contains",
            "contains",
            lambda text: Customer.email.contains(text, autoescape=True),
            "an address that contains",
        ),
        Match(
            "ends_with",
            "ends with",
            lambda text: Customer.email.endswith(text, autoescape=True),
            "an address that ends with",
        ),
        Match("in", "is one of", lambda texts: Customer.email.in_(texts), "the address"),
    )
}


def _value(value: object, field: ValidationInfo) -> object:
    if field.data.get("op") != "in":
        return check_non_empty(value)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise ValueError(f"must be a list of 1 to {MAX_VALUES:,} addresses")
    return each(check_non_empty, value)


class EmailAddress(Rule):
    """The address, whatever the case of its letters."""

    kind = "email"
    label = "has the address"
    op: one_of(MATCHES)  # type: ignore[valid-type]
    value: Annotated[
        Any,
        BeforeValidator(_value),
        WithJsonSchema(
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        ),
        Required,
    ]

    @property
    def decided(self) -> bool | None:
        if self.op == "contains" and self.value in ("@", "."):
            return True
        if self.op == "in":
            return None if any(map(_can_be, self.value)) else False
        is_whole = self.op == "equals"
        return None if _can_be(self.value, whole=is_whole) else False

    def where(self, now: datetime) -> Condition:  # noqa: ARG002 - an address has no time
        if self.decided is False:
            return sa.false()  # SQLite looks for no pattern that is much longer than an address
        value = self.value
        lowered = [each.lower() for each in value] if isinstance(value, list) else value.lower()
        return MATCHES[self.op].holds(lowered)

    def sentence(self) -> str:
        return f"have {self._what()}"

    def negation(self) -> str:
        return f"do not have {self._what()}"

    def _what(self) -> str:
        values = self.value if isinstance(self.value, list) else [self.value]
        shown = joined([quoted(each) for each in values], "or", at_most=MOST_SHOWN)
        return f"{MATCHES[self.op].words} {shown}"


def _can_be(text: str, *, whole: bool = True) -> bool:
    """Whether there can be such an address, or one with such a part."""
    if len(text) > EMAIL_LENGTH:
        return False
    return is_email(text) if whole else not any(map(str.isspace, text)) and text.count("@") <= 1
