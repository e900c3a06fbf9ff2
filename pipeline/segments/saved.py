"""Saved segments: a named audience, evaluated whenever it is asked."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Conflict, NotFound
from pipeline.limits import check_description, check_name
from pipeline.models import Segment
from pipeline.rules import Rule, parse
from pipeline.segments.references import check, is_used, keep


class Overtaken(Conflict):
    """Somebody was faster: the segment is another than the one that was read."""

    def __init__(self) -> None:
        super().__init__("Somebody else has saved this segment since")


def create_segment(
    session: Session, *, name: object, definition: object, description: object = None, now: datetime
) -> Segment:
    """Save an audience; raises Invalid for a name or a definition that cannot be."""
    fields, rule = _checked(name, description, definition)
    segment_id = uuid.uuid4()
    check(session, rule, segment_id)
    segment = Segment(id=segment_id, **fields, created_at=now, updated_at=now)
    session.add(segment)
    session.flush()
    keep(session, rule, segment_id)
    return segment


def update_segment(
    session: Session,
    segment_id: uuid.UUID,
    *,
    name: object,
    definition: object,
    description: object = None,
    unchanged_since: datetime | None = None,
    now: datetime,
) -> Segment:
    """Replace a segment's fields; campaigns keep the definition that they were created with.

    Raises NotFound, and Invalid for a definition that leads back to the segment, or that makes one
    which uses it too large. Given its `updated_at` as it was read, raises Overtaken, a Conflict,
    when somebody has saved it since.
    """
    fields, rule = _checked(name, description, definition)
    check(session, rule, segment_id)
    change = sa.update(Segment).where(Segment.id == segment_id).values(**fields, updated_at=now)
    if unchanged_since is not None:
        change = change.where(Segment.updated_at == unchanged_since)
    segment = session.scalars(change.returning(Segment)).one_or_none()
    if segment is None:
        get_segment(session, segment_id)
        raise Overtaken
    keep(session, rule, segment_id)
    return segment


def list_segments(session: Session) -> Sequence[Segment]:
    """All segments, last updated first."""
    return session.scalars(sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id)).all()


def get_segment(session: Session, segment_id: uuid.UUID) -> Segment:
    """One segment; raises NotFound."""
    segment = session.get(Segment, segment_id)
    if segment is None:
        raise NotFound("Segment")
    return segment


def delete_segment(session: Session, segment_id: uuid.UUID) -> None:
    """Delete a segment; raises NotFound, and Conflict while a campaign or a segment uses it."""
    gone = sa.delete(Segment).where(Segment.id == segment_id).returning(Segment.id)
    try:
        with session.begin_nested():
            found = session.execute(gone).one_or_none()
    except sa.exc.IntegrityError:
        user = "another segment" if is_used(session, segment_id) else "a campaign"
        raise Conflict(f"Segment is used by {user} and cannot be deleted") from None
    if found is None:
        raise NotFound("Segment")


def _checked(name: object, description: object, definition: object) -> tuple[dict[str, Any], Rule]:
    fields = {"name": check_name(name, "Segment"), "description": check_description(description)}
    rule = parse(definition)
    return {**fields, "definition": rule.definition()}, rule
