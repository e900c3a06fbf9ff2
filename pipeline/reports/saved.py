"""Saved segments as a list to look through. Cost follows the rows asked for."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.limits import NAME_LENGTH, check_text
from pipeline.models import Campaign, Segment, SegmentReference
from pipeline.references import resolve
from pipeline.rules import parse


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment, what it says in English, and how many campaigns and segments use it."""

    segment: Segment
    sentence: str
    campaigns: int
    segments: int


@dataclass(frozen=True, slots=True)
class SavedSegments:
    """Some of the segments whose names were searched, and the number of all of them."""

    total: int
    rows: Sequence[SavedSegment]


def saved_segments(
    session: Session, *, search: str = "", limit: int, offset: int = 0
) -> SavedSegments:
    """The segments whose name contains `search`, whatever its case, last updated first.

    Raises Invalid for a search that cannot be.
    """
    term = check_text(search.strip(), "search", NAME_LENGTH)
    found = Segment.name.icontains(term, autoescape=True)
    total = session.scalars(sa.select(sa.func.count()).select_from(Segment).where(found)).one()
    query = (
        sa.select(Segment, _uses(Campaign.segment_id), _uses(SegmentReference.used_id))
        .where(found)
        .order_by(Segment.updated_at.desc(), Segment.id)
        .limit(limit)
        .offset(offset)
    )
    rows = [
        SavedSegment(segment, resolve(session, parse(segment.definition)).sentence(), *uses)
        for segment, *uses in session.execute(query)
    ]
    return SavedSegments(total, rows)


def _uses(segment_id: InstrumentedAttribute[uuid.UUID]) -> sa.ScalarSelect[int]:
    uses = sa.select(sa.func.count()).where(segment_id == Segment.id)
    return uses.correlate(Segment).scalar_subquery()
