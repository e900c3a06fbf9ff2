"""References from one segment's definition to another: followed, checked, kept.

A reference is followed whenever it is evaluated. That what it leads to is there, and does not lead
back, is seen to when segments are saved: `segment_references` has a row for each, whose foreign key
lets no used segment be deleted, and saves that could close a circle or grow each other wait for one
another, so that each of them sees what the one before has written.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.definitions import stored_rule
from pipeline.errors import Invalid
from pipeline.models import Segment, SegmentReference
from pipeline.rules import Group, Reference, Resolved, Rule, parse, walk
from pipeline.rules.reference import NO_SEGMENT
from pipeline.rules.rule import inside
from pipeline.sql import take_turn

# Any number that no other program on the same server uses; it is "segment" in ASCII.
_TURN = 0x7365676D656E74


@dataclass(frozen=True, slots=True)
class _Saved:
    name: str
    rule: Rule


_Segments = Mapping[str, _Saved]


class Circle(Invalid):
    """A rule of a segment leads back to the segment."""


def resolve(session: Session, rule: Rule) -> Rule:
    """The rule with each reference joined by what it stands for now.

    Raises Invalid for a reference to no segment, and when all together is too large.
    """
    return _resolved(rule, _segments_of(session, rule))


def expanded(rule: Rule) -> Rule:
    """A resolved rule with what its references stand for in their place."""
    if isinstance(rule, Resolved):
        return expanded(rule.rule)
    if isinstance(rule, Group):
        return rule.with_children([expanded(child) for child in rule.children.values()])
    return rule


def length(rule: Rule) -> int:
    """The characters of a resolved rule's definition with what its references stand for."""
    return len(exact_json.dumps(expanded(rule).definition()))


def freeze(session: Session) -> None:
    """Keep all segments as they are until the transaction ends: who saves one waits."""
    take_turn(session, _TURN)


def snapshot(session: Session, rule: Rule) -> dict[str, Any]:
    """The definition of what a rule means at this moment, without references."""
    return expanded(resolve(session, rule)).definition()


# ----------------------------------------------------------------------------------------- saving
def check(session: Session, rule: Rule, segment_id: uuid.UUID) -> None:
    """Raise Invalid unless the segment can have this rule; until the end others wait to be saved.

    It may not lead back to the segment (Circle), nor make any segment that uses it too large.
    """
    freeze(session)
    segments = _segments_of(session, rule)
    _refuse_circles(rule, segments, str(segment_id))
    _resolved(rule, segments)
    known = {**segments, str(segment_id): _Saved("", rule)}
    for user in _users(session, {segment_id}):
        try:
            _resolved(user.rule, _segments_of(session, user.rule, known))
        except Invalid as error:
            raise Invalid(f"{error}; the segment '{user.name}' uses this one") from None


def keep(session: Session, rule: Rule, segment_id: uuid.UUID) -> None:
    """Write down which segments a saved segment's rule refers to, instead of what was there."""
    session.execute(sa.delete(SegmentReference).where(SegmentReference.segment_id == segment_id))
    used = [
        {"segment_id": segment_id, "used_id": uuid.UUID(used)} for used in sorted(_ids_in(rule))
    ]
    if used:
        session.execute(sa.insert(SegmentReference), used)


def is_used(session: Session, segment_id: uuid.UUID) -> bool:
    """Whether another segment refers to this one."""
    uses = sa.exists().where(SegmentReference.used_id == segment_id)
    return session.scalars(sa.select(uses)).one()


def _users(session: Session, ids: set[uuid.UUID]) -> list[_Saved]:
    """The segments that refer to one of these, directly or through others."""
    query = sa.select(SegmentReference.segment_id)
    found: set[uuid.UUID] = set()
    while ids:
        ids = {*session.scalars(query.where(SegmentReference.used_id.in_(ids)))} - found
        found |= ids
    return [*_load(session, map(str, found)).values()]


def _refuse_circles(rule: Rule, segments: _Segments, segment_id: str) -> None:
    for path, used in _references_in(rule):
        if segment_id in _reachable(used, segments):
            raise Circle("must not lead back to the segment itself", inside(path, "segmentId"))


def _reachable(segment_id: str, segments: _Segments) -> set[str]:
    reached, new = set[str](), {segment_id}
    while new:
        reached |= new
        known = (segments[each].rule for each in new if each in segments)
        new = {used for rule in known for used in _ids_in(rule)} - reached
    return reached


# ------------------------------------------------------------------------------------- following
def _segments_of(session: Session, rule: Rule, known: Mapping[str, _Saved] = {}) -> _Segments:
    """Those known, and the segments that a rule refers to, directly or through others, by id."""
    segments = {**known}
    missing = _ids_in(rule) - {*segments}
    while missing:
        found = _load(session, missing)
        segments |= found
        missing = {used for each in found.values() for used in _ids_in(each.rule)} - {*segments}
    return segments


def _load(session: Session, ids: Iterable[str]) -> dict[str, _Saved]:
    query = sa.select(Segment.id, Segment.name, Segment.definition)
    rows = session.execute(query.where(Segment.id.in_(map(uuid.UUID, ids))))
    return {
        str(id_): _Saved(name, stored_rule(f"segment '{name}'", definition))
        for id_, name, definition in rows
    }


def _references_in(rule: Rule) -> list[tuple[str, str]]:
    return [(path, each.segment_id) for path, each in walk(rule) if isinstance(each, Reference)]


def _ids_in(rule: Rule) -> set[str]:
    return {segment_id for _, segment_id in _references_in(rule)}


def _resolved(rule: Rule, segments: _Segments) -> Rule:
    references = _references_in(rule)
    for path, segment_id in references:
        if segment_id not in segments:
            raise Invalid(NO_SEGMENT, inside(path, "segmentId"))
    joined = _join(rule, segments)
    if references:
        _check_size(joined)
    return joined


def _join(rule: Rule, segments: _Segments) -> Rule:
    if isinstance(rule, Reference):
        saved = segments[rule.segment_id]
        return Resolved(
            segment_id=rule.segment_id, name=saved.name, rule=_join(saved.rule, segments)
        )
    if isinstance(rule, Group):
        return rule.with_children([_join(child, segments) for child in rule.children.values()])
    return rule


def _check_size(rule: Rule) -> None:
    # The very check that a campaign's copy has to pass, so no copy is ever refused.
    try:
        parse(expanded(rule).definition())
    except Invalid as error:
        raise Invalid(f"{error} with the segments that it uses") from None
