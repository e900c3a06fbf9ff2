"""Kinds `first_seen` and `last_seen`: when somebody's earliest or newest event was."""

from datetime import datetime

import sqlalchemy as sa

from pipeline.models import Event
from pipeline.rules import profile
from pipeline.rules.rule import Condition, Evidence, Rule
from pipeline.rules.windows import Interval, WindowOrNull, interval


class _Seen(Rule):
    window: WindowOrNull

    @property
    def implies_event(self) -> bool:
        return True

    def evidence(self, now: datetime) -> Evidence:
        return Evidence([Event.occurred_at <= now], oldest_first=self.kind == FirstSeen.kind)

    def _when(self) -> str:
        return self.window.phrase() if self.window else "at any time"


class FirstSeen(_Seen):
    """The earliest event of all lies in the window."""

    kind = "first_seen"
    label = "was first seen"

    def where(self, now: datetime) -> Condition:
        return profile.first_seen(interval(self.window, now))

    def sentence(self) -> str:
        return f"were first seen {self._when()}"


class LastSeen(_Seen):
    """The newest event of all lies in the window."""

    kind = "last_seen"
    label = "was last seen"

    def where(self, now: datetime) -> Condition:
        when = interval(self.window, now)
        seen = profile.did(None, when)
        if when.end is None:
            return seen
        return sa.and_(seen, sa.not_(profile.did(None, Interval(when.end, None, now))))

    def sentence(self) -> str:
        return f"were last seen {self._when()}"
