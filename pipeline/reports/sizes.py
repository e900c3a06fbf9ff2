"""The sizes of segments. Each is a query of its own, exact at the moment it is asked."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.definitions import Unreadable, segment_rule
from pipeline.errors import Invalid
from pipeline.models import Segment
from pipeline.segments import count


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment, and how many customers match it; None when its rule cannot be read."""

    segment: Segment
    customers: int | None


def segment_sizes(session: Session, limit: int, *, now: datetime) -> list[SegmentSize]:
    """The `limit` segments that were changed last, the largest first."""
    newest = sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id).limit(limit)
    sizes = [
        SegmentSize(segment, _size(session, segment, now)) for segment in session.scalars(newest)
    ]
    return sorted(sizes, key=lambda size: -(size.customers or 0))


def _size(session: Session, segment: Segment, now: datetime) -> int | None:
    try:
        return count(session, segment_rule(segment), now=now)
    except (Invalid, Unreadable):
        return None
