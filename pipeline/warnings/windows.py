"""Windows that reach back to before anything was known."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Event
from pipeline.reports.types import distinct_types
from pipeline.rules import Rule, walk
from pipeline.rules.windows import Window
from pipeline.warnings.warning import RuleWarning


def window_warnings(session: Session, rule: Rule, now: datetime) -> Iterator[RuleWarning]:
    """A warning for each window that begins, or ends, before the first event of all."""
    first = first_event_at(session)
    if first is None:
        return
    late = f"before the first event, which was on {first:%Y-%m-%d}"
    for path, node in walk(rule):
        start, end = _bounds(node, now)
        if end is not None and end <= first:
            yield RuleWarning(path, f"The window ends {late}")
        elif start is not None and start < first:
            yield RuleWarning(path, f"The window begins {late}")


def first_event_at(session: Session) -> datetime | None:
    """When the first event of all was; one index probe for each type."""
    types = distinct_types()
    first = sa.select(sa.func.min(Event.occurred_at)).where(Event.type == types.c.type)
    query = sa.select(sa.func.min(first.scalar_subquery())).select_from(types)
    return session.scalars(query).one()


def _bounds(node: Rule, now: datetime) -> tuple[datetime | None, datetime | None]:
    window = getattr(node, "window", None)
    if isinstance(window, Window):
        interval = window.interval(now)
        return interval.start, interval.end
    days = getattr(node, "days", None)
    return (now - timedelta(days=days) if days else None), None
