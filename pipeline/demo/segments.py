"""The audiences that the shop's marketer has saved."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from pipeline.demo.planned import planned_id, store_once
from pipeline.models import Segment
from pipeline.rules import parse


@dataclass(frozen=True)
class SegmentPlan:
    """A segment, saved so long before the demo's first load."""

    name: str
    description: str
    definition: Mapping[str, object]
    age: timedelta

    @property
    def id(self) -> uuid.UUID:
        """The segment's id."""
        return planned_id("segment", self.name)

    def snapshot(self) -> dict[str, Any]:
        """The definition as it is stored."""
        return parse(self.definition).definition()

    def create(self, session: Session, now: datetime) -> bool:
        """Save the segment unless it is there; whether it was new."""
        return store_once(
            session,
            Segment,
            id=self.id,
            name=self.name,
            description=self.description,
            definition=self.snapshot(),
            created_at=now - self.age,
            updated_at=now - self.age,
        )


IN_CART = SegmentPlan(
    "Put something in the cart this week",
    "Some of them have bought it since: look before you remind them.",
    {"kind": "event_type_in_last_days", "eventType": "added_to_cart", "days": 7},
    timedelta(days=41, hours=3),
)
PRICING = SegmentPlan(
    "Visited /pricing this week",
    "Interested in the coffee subscription.",
    {
        "kind": "event_property_equals",
        "eventType": "page_view",
        "path": "path",
        "value": "/pricing",
        "days": 7,
    },
    timedelta(days=33, hours=22),
)
FREQUENT = SegmentPlan(
    "Frequent buyers",
    "At least three orders in 90 days.",
    {"kind": "event_count_gte_in_last_days", "eventType": "purchase", "days": 90, "minCount": 3},
    timedelta(days=20, hours=5),
)
SEGMENTS = (
    SegmentPlan(
        "Bought in the last 30 days",
        "Everybody with an order in the last month.",
        {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 30},
        timedelta(days=62, hours=1),
    ),
    IN_CART,
    PRICING,
    FREQUENT,
    SegmentPlan(
        "New this week",
        "Signed up in the last seven days.",
        {"kind": "event_type_in_last_days", "eventType": "signup", "days": 7},
        timedelta(days=16, hours=2),
    ),
    SegmentPlan(
        "Newsletter readers",
        "Opened at least three of the last month's newsletters.",
        {
            "kind": "event_count_gte_in_last_days",
            "eventType": "newsletter_opened",
            "days": 30,
            "minCount": 3,
        },
        timedelta(days=6, hours=23),
    ),
)
