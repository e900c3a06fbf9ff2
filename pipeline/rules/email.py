"""Kind `email`: by address."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from pipeline.models import Customer
from pipeline.rules.english import joined, quoted
from pipeline.rules.fields import (
    MAX_VALUES,
    Info,
    Required,
    check_non_empty,
    each,
    one_of,
)
from pipeline.rules.rule import Condition, Rule


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
        Match("equals", "is", lambda text: Customer.email == text, "have the address"),
        Match(
            "contains",
            "contains",
            lambda text: Customer.email.contains(text, autoescape=True),
            "have an address that contains",
        ),
        Match(
            "ends_with",
            "ends with",
            lambda text: Customer.email.endswith(text, autoescape=True),
            "have an address that ends with",
        ),
        Match("in", "is one of", lambda texts: Customer.email.in_(texts), "have the address"),
    )
}


def _value(value: object, field: Info) -> object:
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

    def where(self, now: datetime) -> Condition:  # noqa: ARG002 - an address has no time
        value = self.value
        lowered = [each.lower() for each in value] if isinstance(value, list) else value.lower()
        return MATCHES[self.op].holds(lowered)

    def sentence(self) -> str:
        values = self.value if isinstance(self.value, list) else [self.value]
        shown = joined([quoted(each) for each in values], "or", at_most=5)
        return f"{MATCHES[self.op].words} {shown}"
