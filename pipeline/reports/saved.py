"""Saved segments as a list to look through. Cost follows the rows asked for."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.definitions import Unreadable, segment_rule
from pipeline.errors import Invalid
from pipeline.models import Campaign, Segment, SegmentReference
from pipeline.reports.named import named
from pipeline.segments.references import resolve


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment, what it says in English, and how many campaigns and segments use it.

    `mistake` says why it cannot be read; there is no sentence then.
    """

    segment: Segment
    sentence: str
    mistake: str | None
    campaigns: int
    segments: int


def saved_count(session: Session, search: str = "") -> int:
    """How many segments have `search` in their name; raises Invalid as `named` does."""
    query = sa.select(sa.func.count()).select_from(Segment).where(named(Segment.name, search))
    return session.scalars(query).one()


def saved_segments(
    session: Session, search: str = "", *, limit: int, offset: int = 0
) -> list[SavedSegment]:
    """Those segments, last updated first: `limit` of them from `offset` on."""
    query = (
        sa.select(Segment, _uses(Campaign.segment_id), _uses(SegmentReference.used_id))
        .where(named(Segment.name, search))
        .order_by(Segment.updated_at.desc(), Segment.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        SavedSegment(segment, *_meaning(session, segment), *uses)
        for segment, *uses in session.execute(query)
    ]


def _meaning(session: Session, segment: Segment) -> tuple[str, str | None]:
    try:
        return resolve(session, segment_rule(segment)).sentence(), None
    except (Invalid, Unreadable) as error:
        return "", str(error)


def _uses(segment_id: InstrumentedAttribute[uuid.UUID]) -> sa.ScalarSelect[int]:
    uses = sa.select(sa.func.count()).where(segment_id == Segment.id)
    return uses.correlate(Segment).scalar_subquery()


def segment_users(session: Session, segment_id: uuid.UUID) -> list[str]:
    """What uses a segment, so that it cannot be deleted: "the campaign …", "the segment …"."""
    campaigns = sa.select(Campaign.name).where(Campaign.segment_id == segment_id)
    segments = (
        sa.select(Segment.name)
        .join(SegmentReference, SegmentReference.segment_id == Segment.id)
        .where(SegmentReference.used_id == segment_id)
    )
    return [
        *(f"the campaign {name}" for name in session.scalars(campaigns.order_by(Campaign.name))),
        *(f"the segment {name}" for name in session.scalars(segments.order_by(Segment.name))),
    ]
