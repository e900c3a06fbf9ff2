"""Kinds `first_seen` and `last_seen`: when somebody's earliest or newest event was."""

from datetime import datetime

import sqlalchemy as sa

from pipeline.models import Event
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.profile import Lately, Profiles
from pipeline.rules.rule import Evidence, Rule
from pipeline.rules.windows import LastDays, Windowed, WindowOrNull


class _Seen(Windowed, Rule):
    window: WindowOrNull

    @property
    def implies_event(self) -> bool:
        return True

    @property
    def decided(self) -> bool | None:
        return False if self.is_never else None

    def evidence(self, now: datetime) -> Evidence:
        return Evidence([Event.occurred_at <= now], oldest_first=self.kind == FirstSeen.kind)

    def sentence(self) -> str:
        return f"were {self._what()}"

    def negation(self) -> str:
        return f"were not {self._what()}"

    def _what(self) -> str:
        return f"{self._seen}{self.when() or ' at any time'}"

    @property
    def _seen(self) -> str:
        return "first seen"


class FirstSeen(_Seen):
    """The earliest event of all lies in the window."""

    kind = "first_seen"
    label = "was first seen"

    def where(self, now: datetime) -> Condition:
        return Profiles(None).began(self.interval(now))


class LastSeen(_Seen):
    """The newest event of all lies in the window."""

    kind = "last_seen"
    label = "was last seen"

    @property
    def _seen(self) -> str:
        # Who was seen in the last days was last seen in them.
        return "seen" if self.window is None or isinstance(self.window, LastDays) else "last seen"

    @property
    def lately(self) -> Lately | None:
        if not isinstance(self.window, LastDays):
            return None
        return Lately(Profiles(None), 1, self.window.period)

    def where(self, now: datetime) -> Condition:
        when = self.interval(now)
        seen = Profiles(None).did(when)
        if when.end is None:
            return seen
        return sa.and_(seen, sa.not_(Profiles(None).did(Interval(when.end, None, now))))
