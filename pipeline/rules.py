"""The rule kinds: what a segment's definition can say, its condition in SQL, its sentence.

A rule is one class: its fields are the definition's (camelCase in JSON), `where(now)` is a
condition on `Customer`, `sentence()` says it in English. A new kind is one class and one entry in
`KINDS`. A condition is true or false, never NULL, so that its negation loses nobody; and it is
exact for a `now` in the past, as only events at or before `now` exist for it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic.alias_generators import to_camel

from pipeline.errors import Invalid
from pipeline.limits import unstorable
from pipeline.models import Activity, Customer, Event
from pipeline.sql import json_string

MAX_DAYS = 3650
MAX_COUNT = 1_000_000_000

Condition = sa.ColumnElement[bool]


# ---------------------------------------------------------------------------------------- fields
def _non_empty(value: object, field: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a non-empty string")
    return _string(value, field).strip()


def _string(value: object, field: ValidationInfo) -> str:  # noqa: ARG001 - pydantic's signature
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if problem := unstorable(value):
        raise ValueError(problem)
    return value


def _positive_integer(value: object, maximum: int) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or value < 1:  # type: ignore[operator]
        raise ValueError("must be a positive integer")
    if value > maximum:  # type: ignore[operator]
        raise ValueError(f"must be at most {maximum}")
    return int(value)  # type: ignore[call-overload, no-any-return]


# A field that is not given is checked like one that is null: the sentences are the same.
_Required = Field(default=None, validate_default=True)
NonEmpty = Annotated[str, BeforeValidator(_non_empty), _Required]
String = Annotated[str, BeforeValidator(_string), _Required]
Days = Annotated[int, BeforeValidator(lambda v: _positive_integer(v, MAX_DAYS)), _Required]
Count = Annotated[int, BeforeValidator(lambda v: _positive_integer(v, MAX_COUNT)), _Required]


# ----------------------------------------------------------------------------------------- kinds
class Rule(BaseModel):
    """What all kinds share."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")

    kind: ClassVar[str]

    def where(self, now: datetime) -> Condition:
        """The condition that holds for exactly the customers who match at `now`."""
        raise NotImplementedError

    def sentence(self) -> str:
        """The rule in English, to follow "customers who"."""
        raise NotImplementedError

    def definition(self) -> dict[str, Any]:
        """The JSON object that `parse` makes this rule of."""
        return {"kind": self.kind, **self.model_dump(by_alias=True)}


class EventTypeInLastDays(Rule):
    """Did `event_type` in the last `days` times 24 hours."""

    kind = "event_type_in_last_days"
    event_type: NonEmpty
    days: Days

    def where(self, now: datetime) -> Condition:
        since = now - timedelta(days=self.days)
        in_window = _in_window(self.event_type, since, now)
        earlier = sa.exists().where(Event.customer_id == Activity.customer_id, *in_window)
        # The newest event answers for `now`; only for a `now` in the past do others matter.
        return Customer.id.in_(
            sa.select(Activity.customer_id).where(
                Activity.type == self.event_type,
                Activity.last_at >= since,
                sa.or_(Activity.last_at <= now, earlier),
            )
        )

    def sentence(self) -> str:
        return f"did {self.event_type} in the last {_days(self.days)}"


class EventPropertyEquals(Rule):
    """Did `event_type` with a top-level property `path` that is exactly the string `value`."""

    kind = "event_property_equals"
    event_type: NonEmpty
    path: NonEmpty
    value: String
    days: Days

    def where(self, now: datetime) -> Condition:
        since = now - timedelta(days=self.days)
        return Customer.id.in_(
            sa.select(Event.customer_id).where(
                *_in_window(self.event_type, since, now),
                json_string(Event.properties, self.path) == self.value,
            )
        )

    def sentence(self) -> str:
        return (
            f'did {self.event_type} with {self.path} "{self.value}" in the last {_days(self.days)}'
        )


class EventCountGteInLastDays(Rule):
    """Did `event_type` at least `min_count` times in the last `days` times 24 hours."""

    kind = "event_count_gte_in_last_days"
    event_type: NonEmpty
    days: Days
    min_count: Count

    def where(self, now: datetime) -> Condition:
        since = now - timedelta(days=self.days)
        return Customer.id.in_(
            sa.select(Event.customer_id)
            .where(*_in_window(self.event_type, since, now))
            .group_by(Event.customer_id)
            .having(sa.func.count() >= self.min_count)
        )

    def sentence(self) -> str:
        times = "once" if self.min_count == 1 else f"{self.min_count:,} times"
        return f"did {self.event_type} at least {times} in the last {_days(self.days)}"


KINDS: dict[str, type[Rule]] = {
    rule.kind: rule for rule in (EventTypeInLastDays, EventPropertyEquals, EventCountGteInLastDays)
}


def _in_window(event_type: str, since: datetime, now: datetime) -> tuple[Condition, ...]:
    return Event.type == event_type, Event.occurred_at >= since, Event.occurred_at <= now


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days:,} days"


# ----------------------------------------------------------------------------------------- parse
def parse(definition: object) -> Rule:
    """The rule that a definition describes; raises Invalid with one sentence otherwise."""
    if not isinstance(definition, Mapping):
        raise Invalid("Definition must be a JSON object")
    kind = definition.get("kind")
    if not isinstance(kind, str):
        raise Invalid("Definition must have a 'kind' field")
    if kind not in KINDS:
        raise Invalid(f"Unknown definition kind: '{kind[:100]}'")
    try:
        return KINDS[kind].model_validate(dict(definition))
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"{to_camel(str(first['loc'][0]))} {first['ctx']['error']}") from None
