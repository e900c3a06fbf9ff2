"""Segments: saved audiences, and the one evaluator of rules for previews and campaigns alike."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.errors import Conflict, NotFound
from pipeline.limits import check_description, check_name
from pipeline.models import Customer, Segment
from pipeline.rules import Condition, Rule, parse

PREVIEW_SIZE = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A customer in an audience."""

    id: uuid.UUID
    email: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many customers match, and the first 50 of them by e-mail."""

    count: int
    customers: list[Member]


# ------------------------------------------------------------------------------------- evaluation
def matches(rule: Rule, now: datetime) -> Condition:
    """The condition on `Customer` that a rule stands for at `now`; the one every answer uses."""
    return rule.where(now)


def count(session: Session, rule: Rule, *, now: datetime) -> int:
    """How many customers match."""
    query = sa.select(sa.func.count()).select_from(Customer).where(matches(rule, now))
    return session.scalars(query).one()


def preview(session: Session, rule: Rule, *, now: datetime) -> Preview:
    """The exact number of matches and the first of them by e-mail."""
    # One statement evaluates the rule once for both, and cannot disagree with itself.
    query = (
        sa.select(sa.func.count().over(), Customer.id, Customer.email)
        .where(matches(rule, now))
        .order_by(Customer.email)
        .limit(PREVIEW_SIZE)
    )
    rows = session.execute(query).all()
    return Preview(rows[0][0] if rows else 0, [Member(id_, email) for _, id_, email in rows])


# ------------------------------------------------------------------------------------------ saved
def create_segment(
    session: Session, *, name: object, definition: object, description: object = None, now: datetime
) -> Segment:
    """Save an audience; raises Invalid for a name or a definition that cannot be."""
    segment = Segment(
        id=uuid.uuid4(),
        name=check_name(name, "Segment"),
        description=check_description(description),
        definition=parse(definition).definition(),
        created_at=now,
        updated_at=now,
    )
    session.add(segment)
    session.flush()
    return segment


def update_segment(
    session: Session,
    segment_id: uuid.UUID,
    *,
    name: object,
    definition: object,
    description: object = None,
    now: datetime,
) -> Segment:
    """Replace a segment's fields; campaigns keep the definition that they were created with."""
    change = (
        sa.update(Segment)
        .where(Segment.id == segment_id)
        .values(
            name=check_name(name, "Segment"),
            description=check_description(description),
            definition=parse(definition).definition(),
            updated_at=now,
        )
    )
    return _found(session.scalars(change.returning(Segment)).one_or_none())


def list_segments(session: Session) -> Sequence[Segment]:
    """All segments, last updated first."""
    return session.scalars(sa.select(Segment).order_by(Segment.updated_at.desc(), Segment.id)).all()


def get_segment(session: Session, segment_id: uuid.UUID) -> Segment:
    """One segment; raises NotFound."""
    return _found(session.get(Segment, segment_id))


def delete_segment(session: Session, segment_id: uuid.UUID) -> None:
    """Delete a segment; raises NotFound, and Conflict while a campaign uses it."""
    gone = sa.delete(Segment).where(Segment.id == segment_id).returning(Segment.id)
    try:
        found = session.execute(gone).one_or_none()
    except sa.exc.IntegrityError:
        raise Conflict("Segment is used by a campaign and cannot be deleted") from None
    if found is None:
        raise NotFound("Segment")


def _found(segment: Segment | None) -> Segment:
    if segment is None:
        raise NotFound("Segment")
    return segment
