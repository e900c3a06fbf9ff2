"""The shapes of answers, for the answers themselves and for the OpenAPI document."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, RootModel, WithJsonSchema
from pydantic.alias_generators import to_camel

from pipeline import models


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Id = Annotated[
    uuid.UUID,
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "format": "uuid"}, mode="serialization"),
]
Moment = Annotated[
    datetime,
    PlainSerializer(_rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]

Number = Annotated[Decimal, WithJsonSchema({"type": "number"}, mode="serialization")]


class Shape(BaseModel):
    """What all have in common: camelCase on the wire, made from domain objects."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, from_attributes=True, frozen=True
    )

    @classmethod
    def of(cls, row: models.Base, **beside: object) -> Self:
        """From a row of a table, and what belongs to it from other tables."""
        return cls.model_validate({**vars(row), **beside})


class Error(Shape):
    """Every refusal."""

    error: str


# ----------------------------------------------------------------------------------------- events
class Ingested(Shape):
    """What became of one event."""

    created: bool
    event_id: Id
    customer_id: Id


class Rejected(Shape):
    """An event of a batch that was refused."""

    index: int
    error: str


class BatchResult(Shape):
    """What became of a batch."""

    created: int
    duplicates: int
    rejected: list[Rejected]


# -------------------------------------------------------------------------------------- customers
class Customer(Shape):
    """A customer in numbers."""

    id: Id
    email: str
    created_at: Moment
    event_count: int
    last_seen_at: Moment | None


class Event(Shape):
    """Something a customer did."""

    id: Id
    type: str
    properties: dict[str, Any]
    occurred_at: Moment
    idempotency_key: str | None
    created_at: Moment


class CustomerList(Shape):
    """A page of customers."""

    customers: list[Customer]
    next_cursor: str | None


class Timeline(Shape):
    """A customer and a page of their events."""

    customer: Customer
    events: list[Event]
    next_cursor: str | None


class Member(Shape):
    """A customer in an audience."""

    id: Id
    email: str


# --------------------------------------------------------------------------------------- segments
class Definition(RootModel[dict[str, Any]]):
    """Who belongs to an audience; `pipeline.api.definitions` says what it can be."""


class SegmentId(Shape):
    """The segment that was created."""

    segment_id: Id


class SegmentSummary(Shape):
    """A segment in a list."""

    id: Id
    name: str
    description: str | None
    updated_at: Moment


class SegmentList(Shape):
    """All segments."""

    segments: list[SegmentSummary]


class Segment(Shape):
    """A segment."""

    id: Id
    name: str
    description: str | None
    definition: Definition
    created_at: Moment
    updated_at: Moment


class SegmentFound(Shape):
    """One segment."""

    segment: Segment


class Preview(Shape):
    """How many match, and the first of them."""

    count: int
    customers: list[Member]


class Found(Shape):
    """What a node speaks of in a customer's events; at most 3 of them are shown."""

    count: int
    newest_at: Moment | None
    value: Number | None
    events: list[Event]


class Explanation(Shape):
    """Whether a customer matches a node of a definition, and why."""

    path: str
    kind: str
    sentence: str
    matches: bool
    found: Found | None
    rules: list["Explanation"]


class Explained(Shape):
    """Why a customer is in an audience, or is not."""

    customer: Member
    explanation: Explanation


class NodeCount(Shape):
    """How many customers match a node of a definition alone."""

    path: str
    kind: str
    sentence: str
    count: int


class NodeCounts(Shape):
    """The counts of all nodes, from the top."""

    counts: list[NodeCount]


class Size(Shape):
    """How many customers matched at a moment."""

    at: Moment
    count: int


class Sizes(Shape):
    """An audience's sizes, oldest first."""

    sizes: list[Size]


class RuleWarning(Shape):
    """What is odd about a node of a definition."""

    path: str
    message: str


class Warnings(Shape):
    """What is odd about a definition."""

    warnings: list[RuleWarning]


# ------------------------------------------------------------------------------------------ smart
class Generated(Shape):
    """The definition that a prompt became."""

    definition: Definition
    not_understood: list[str] = Field(
        [], description="What is not in it; absent if that is nothing"
    )


class EmailText(Shape):
    """An e-mail draft."""

    subject: str
    body: str


# -------------------------------------------------------------------------------------- campaigns
class CampaignId(Shape):
    """The campaign that was created."""

    campaign_id: Id


class SegmentName(Shape):
    """The segment of a campaign."""

    id: Id
    name: str


CampaignStatus = Literal["draft", "drafted", "sending", "sent", "failed"]


class CampaignSummary(Shape):
    """A campaign in a list."""

    id: Id
    name: str
    description: str | None
    status: CampaignStatus
    updated_at: Moment
    segment: SegmentName


class CampaignList(Shape):
    """All campaigns."""

    campaigns: list[CampaignSummary]


class ReviewedDraft(Shape):
    """A draft that was just decided."""

    id: Id
    campaign_id: Id
    customer_id: Id
    subject: str
    body: str
    recommended_sku: str | None
    status: Literal["generated", "approved", "rejected"]
    created_at: Moment
    updated_at: Moment


class Draft(ReviewedDraft):
    """A draft of a campaign."""

    customer: Member


class Send(Shape):
    """The mailing of an approved draft."""

    id: Id
    campaign_id: Id
    customer_id: Id
    status: Literal["queued", "sent", "failed"]
    error: str | None
    sent_at: Moment | None
    created_at: Moment
    customer: Member


class Campaign(Shape):
    """A campaign with all its drafts and sends."""

    id: Id
    name: str
    description: str | None
    segment_id: Id
    segment_snapshot: Definition
    status: CampaignStatus
    created_at: Moment
    updated_at: Moment
    segment: SegmentName
    drafts: list[Draft]
    sends: list[Send]


class DraftedCount(Shape):
    """How many customers match and have a draft now."""

    drafted_count: int


class SendResult(Shape):
    """What one call to send did."""

    sent_count: int
    failed_count: int


# ---------------------------------------------------------------------------------------- service
class Health(Shape):
    """The database answers."""

    status: Literal["ok"] = "ok"
    database: Literal["sqlite", "postgresql"]
