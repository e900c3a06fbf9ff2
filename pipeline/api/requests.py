"""The shapes of request bodies, for the OpenAPI document only.

Bodies are checked by the package, in the contract's order and words.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from pipeline.api.body import MOST_EVENTS
from pipeline.api.shapes import Definition
from pipeline.limits import (
    DESCRIPTION_LENGTH,
    EMAIL_LENGTH,
    FACT_LENGTH,
    KEY_LENGTH,
    NAME_LENGTH,
    PROMPT_LENGTH,
    TYPE_LENGTH,
)
from pipeline.segments import MOST_DAYS

_PURCHASES: JsonValue = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 30}
_LAPSED: JsonValue = {
    "kind": "all",
    "rules": [
        {"kind": "event", "eventType": "purchase", "count": {"op": "greater_or_equal", "value": 3}},
        {"kind": "not", "rule": {"kind": "last_seen", "window": {"lastDays": 30}}},
    ],
}
_ID = "7b0c8a52-4e0e-4f5e-9d43-0d9b9d4b4f0e"
_EMAIL = "ada@example.com"
_EVENT: dict[str, JsonValue] = {
    "email": _EMAIL,
    "type": "purchase",
    "properties": {"sku": "MUG-1", "total": 12.5},
    "occurredAt": "2026-06-15T12:00:00Z",
}


NonBlank = Annotated[str, Field(pattern=r"\S")]


def _text(longest: int) -> Any:
    """An optional text: what is no string is not refused, but counts as absent."""
    said = "A string; a blank one, or anything else, counts as absent"
    return Field(None, description=said, json_schema_extra={"maxLength": longest})


def _example(**fields: JsonValue) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class RequestBody(BaseModel):
    """What all have in common."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Person(RequestBody):
    """Whose event it is."""

    email: NonBlank = Field(max_length=EMAIL_LENGTH)


class NewEvent(RequestBody):
    """An event; `email` may be `customer.email` instead."""

    model_config = _example(**_EVENT)
    email: str | None = Field(None, max_length=EMAIL_LENGTH)
    customer: Person | None = None
    type: NonBlank = Field(max_length=TYPE_LENGTH)
    properties: dict[str, Any] = Field({}, description="At most 32 KiB as JSON, 32 levels deep")
    occurred_at: str | None = Field(None, description="ISO 8601; now when absent")


class BatchEvent(NewEvent):
    """An event of a batch."""

    model_config = _example(**_EVENT, idempotencyKey="order-1")
    idempotency_key: str | None = Field(None, max_length=KEY_LENGTH)


class Batch(RequestBody):
    """Many events; good ones are stored though others are refused."""

    model_config = _example(events=[{**_EVENT, "idempotencyKey": "order-1"}])
    events: list[BatchEvent] = Field(max_length=MOST_EVENTS)


class NewSegment(RequestBody):
    """A segment."""

    model_config = _example(name="Buyers", definition=_PURCHASES)
    name: NonBlank = Field(max_length=NAME_LENGTH)
    description: Any = _text(DESCRIPTION_LENGTH)
    definition: Definition


class Unsaved(RequestBody):
    """A definition that is not saved, and the moment as of which it is asked about."""

    model_config = _example(definition=_LAPSED, asOf="2026-06-15T12:00:00Z")
    definition: Definition
    as_of: str | None = Field(
        None, description="ISO 8601; events up to then count; now when absent"
    )


class Membership(Unsaved):
    """A definition and the customer whose membership is to be explained."""

    model_config = _example(definition=_LAPSED, customerId=_ID)
    customer_id: str = Field(json_schema_extra={"format": "uuid"})


class History(RequestBody):
    """A definition and the number of days to show its audience's size of."""

    model_config = _example(definition=_PURCHASES, days=30)
    definition: Definition
    days: int = Field(ge=1, le=MOST_DAYS)


class Unchecked(RequestBody):
    """A definition to be warned about."""

    model_config = _example(definition=_LAPSED)
    definition: Definition


class Prompt(RequestBody):
    """An audience in words."""

    model_config = _example(prompt="at least 3 purchases in the last 2 weeks")
    prompt: NonBlank = Field(max_length=PROMPT_LENGTH)


class EmailFacts(RequestBody):
    """What the writer of an e-mail may know."""

    model_config = _example(customerEmail=_EMAIL, recentEventType="purchase")
    customer_email: NonBlank = Field(max_length=EMAIL_LENGTH)
    recent_event_type: Any = _text(FACT_LENGTH)
    recommended_sku: Any = _text(FACT_LENGTH)


class NewCampaign(RequestBody):
    """A campaign to the audience of a segment."""

    model_config = _example(name="Thanks", segmentId=_ID)
    name: NonBlank = Field(max_length=NAME_LENGTH)
    description: Any = _text(DESCRIPTION_LENGTH)
    segment_id: str = Field(json_schema_extra={"format": "uuid"})


class Verdict(RequestBody):
    """What was decided about a draft."""

    model_config = _example(status="approved")
    status: Literal["approved", "rejected"]


REQUESTS = (
    NewEvent,
    Batch,
    NewSegment,
    Unsaved,
    Membership,
    History,
    Unchecked,
    Prompt,
    EmailFacts,
    NewCampaign,
    Verdict,
)
