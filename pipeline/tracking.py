"""Tracked properties: their values have profiles of their own, so that rules need no events.

Worth it for a property that rules often ask for and that has far fewer values than events, as a
page or a plan has. Its profiles grow with each event from the moment it is declared; those of older
events are written some customers at a time, and rules use them when all are there.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.activity import Range, everybody, hold, of_values, write
from pipeline.database import Database
from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.limits import unstorable
from pipeline.models import Customer, PropertyActivity, TrackedProperty
from pipeline.progress import Progress, silent
from pipeline.rules import Group, Rule, walk
from pipeline.rules.paths import Path, steps
from pipeline.sql import insert, kind_of, running_transactions

_LONGEST_PATH = 200
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked property by its path; `status` is `building`, `ready` or `removing`."""

    path: Path
    status: str


def tracked_properties(session: Session) -> list[Tracked]:
    """All of them, by path."""
    rows = session.execute(
        sa.select(TrackedProperty.path, TrackedProperty.status).order_by(TrackedProperty.path)
    )
    return [Tracked(_path(text), status) for text, status in rows]


def track(database: Database, path: Path, *, now: datetime, on_progress: Progress = silent) -> None:
    """Declare a property as tracked and write its profiles, while events may come in.

    Interrupted and started again it goes on where it was. Raises Invalid for a path that is
    empty, too long or one that no property can have, and Conflict while the property is being
    removed.
    """
    if not path:
        raise Invalid("must not be empty", "path")
    _check_storable(path)
    if len(_text(path)) > _LONGEST_PATH:
        raise Invalid(f"must be at most {_LONGEST_PATH} characters long", "path")
    if database.transact(partial(_declare, path, now)) == "ready":
        return
    # Who began to store an event before does not know yet that the property is tracked.
    _wait_for_others(database)
    ranges, total = _left(database, path)
    for number, customers in enumerate(ranges, 1):
        database.transact(partial(_build, path, customers))
        on_progress(min(number * total // len(ranges), total), total)


def untrack(database: Database, path: Path, *, on_progress: Progress = silent) -> None:
    """Remove a tracked property and its profiles, some customers at a time.

    Interrupted and started again it removes the rest. Raises NotFound when it is not tracked, and
    Invalid for a path that none can have.
    """
    _check_storable(path)
    property_id = database.transact(partial(_retire, path))
    # Who has found out that the property is tracked may still ask for its profiles.
    _wait_for_others(database)
    with database.read() as session:
        ranges = list(everybody(session))
    for number, customers in enumerate(ranges, 1):
        database.transact(partial(_clear, property_id, customers))
        on_progress(number, len(ranges))
    with database.begin() as session:
        session.execute(sa.delete(TrackedProperty).where(TrackedProperty.id == property_id))


def untracked_paths(session: Session, rule: Rule) -> list[Path]:
    """The properties that a rule asks events for, and would not if they were tracked."""
    asked = _asked(rule)
    known = session.scalars(sa.select(TrackedProperty.path).where(TrackedProperty.path.in_(asked)))
    return [_path(text) for text in sorted(asked - {*known})]


def with_tracked(session: Session, rule: Rule) -> Rule:
    """The rule, its parts to be answered by profiles of tracked properties where those suffice.

    Only for the transaction: nothing is taken away before it has ended.
    """
    asked = _asked(rule)
    if not asked:
        return rule
    ready = (TrackedProperty.path.in_(asked), TrackedProperty.status == "ready")
    rows = session.execute(sa.select(TrackedProperty.path, TrackedProperty.id).where(*ready))
    return _replaced(rule, dict(iter(rows)))


def _asked(rule: Rule) -> set[str]:
    return {_text(each.equality.path) for _, each in walk(rule) if each.equality}


def _replaced(rule: Rule, ids: Mapping[str, int]) -> Rule:
    if isinstance(rule, Group):
        return rule.with_children([_replaced(child, ids) for child in rule.children.values()])
    return rule.tracked(ids.get(_text(rule.equality.path))) if rule.equality else rule


# ---------------------------------------------------------------------------------------- building
def _declare(path: Path, now: datetime, session: Session) -> str:
    """The status of a property that is tracked from now on, if it was not before."""
    fields = {
        "path": _text(path),
        "place": steps(path),
        "status": "building",
        "created_at": now,
    }
    declare = insert(kind_of(session), TrackedProperty).values(fields)
    session.execute(declare.on_conflict_do_nothing())
    status = session.scalars(sa.select(TrackedProperty.status).where(_is(path))).one()
    if status == "removing":
        raise Conflict("The property is being removed; untrack it to the end, then track it")
    return status


def _left(database: Database, path: Path) -> tuple[list[Range], int]:
    """The customers whose profiles are still to be written, and how many there are."""
    with database.read() as session:
        after = session.scalars(sa.select(TrackedProperty.built_through).where(_is(path))).one()
        rest = Range(after, None).holds(Customer.id.expression)
        total = session.scalars(sa.select(sa.func.count()).select_from(Customer).where(rest)).one()
        return list(everybody(session, after)), total


def _build(path: Path, customers: Range, session: Session) -> None:
    # None is the end of the last range, and nobody's id.
    done = {"built_through": customers.last} if customers.last else {"status": "ready"}
    building = (_is(path), TrackedProperty.status == "building")
    hold(session, customers)
    change = sa.update(TrackedProperty).where(*building).values(done)
    if session.scalars(change.returning(TrackedProperty.id)).one_or_none() is not None:
        write(session, of_values(_is(path)), customers)
    elif not _is_ready(session, path):  # another who builds it may have been faster
        raise Conflict("The property is no longer being built")


def _is_ready(session: Session, path: Path) -> bool:
    ready = sa.exists().where(_is(path), TrackedProperty.status == "ready")
    return session.scalars(sa.select(ready)).one()


def _retire(path: Path, session: Session) -> int:
    change = sa.update(TrackedProperty).where(_is(path)).values(status="removing")
    found = session.scalars(change.returning(TrackedProperty.id)).one_or_none()
    if found is None:
        raise NotFound("Tracked property")
    return found


def _clear(property_id: int, customers: Range, session: Session) -> None:
    theirs = customers.holds(PropertyActivity.customer_id.expression)
    session.execute(
        sa.delete(PropertyActivity).where(PropertyActivity.property_id == property_id, theirs)
    )


def _wait_for_others(database: Database) -> None:
    """Until the transactions that run now have ended: they may not see what was just committed."""
    with database.read() as session:
        others = running_transactions(session)
    while others:
        time.sleep(_PAUSE_S)
        with database.read() as session:
            others &= running_transactions(session)


# ------------------------------------------------------------------------------------------- paths
def _is(path: Path) -> sa.ColumnElement[bool]:
    return TrackedProperty.path == _text(path)


def _check_storable(path: Path) -> None:
    # With such a path PostgreSQL would refuse each event from then on, to look into it.
    for step in steps(path):
        if isinstance(step, str) and (problem := unstorable(step)):
            raise Invalid(problem, "path")


def _text(path: Path) -> str:
    return exact_json.dumps(steps(path))


def _path(text: str) -> Path:
    path: list[str | int] = exact_json.loads(text)
    return path[0] if len(path) == 1 and isinstance(path[0], str) else path
