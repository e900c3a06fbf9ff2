"""The sizes of segments. Each is a query of its own, exact at the moment it is asked."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Segment
from pipeline.rules import parse
from pipeline.segments import count


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment, and how many customers match it."""

    segment: Segment
    customers: int


def segment_sizes(session: Session, limit: int, *, now: datetime) -> list[SegmentSize]:
    """The `limit` segments that were changed last, the largest first."""
    newest = sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id).limit(limit)
    sizes = [
        SegmentSize(segment, count(session, parse(segment.definition), now=now))
        for segment in session.scalars(newest)
    ]
    return sorted(sizes, key=lambda size: -size.customers)
