"""Kind `sequence`: who did one thing and then another, or did not go on to."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from pipeline.models import Customer, Event
from pipeline.rules.fields import Flag, Hours, IsObject, Required
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.occurrence import Occurrence
from pipeline.rules.rule import Evidence, Mention, Rule
from pipeline.rules.windows import Windowed, WindowOrNull
from pipeline.sql import among, hours_after

# Making an alias takes longer than all the rest of a rule.
_FIRST, _NEXT = aliased(Event, name="first"), aliased(Event, name="next")


class EventSequence(Windowed, Rule):
    """Did the first and, strictly later but within so many hours, the second.

    With `negate`: did some first whose time is over without the second following in it.
    """

    kind = "sequence"
    label = "did one thing, then another"
    first: Annotated[Occurrence, IsObject, Required]
    then: Annotated[Occurrence, IsObject, Required]
    within_hours: Hours
    window: WindowOrNull
    negate: Flag

    @property
    def implies_event(self) -> bool:
        return True

    @property
    def decided(self) -> bool | None:
        no_first = self.first.is_impossible or self.is_never
        no_then = self.then.is_impossible and not self.negate
        return False if no_first or no_then else None

    @property
    def mentions(self) -> list[Mention]:
        return [self.first.mention, self.then.mention]

    def where(self, now: datetime) -> Condition:
        firsts = sa.select(_FIRST.customer_id).where(*self._decisive(_FIRST, now))
        return among(Customer.id, firsts)

    def evidence(self, now: datetime) -> Evidence:
        return Evidence(self._decisive(Event, now))

    def _decisive(self, first: Any, now: datetime) -> list[Condition]:
        """The conditions on a first event that it was followed, or was not, as the rule asks."""
        window = self.interval(now)
        deadline = hours_after(first.occurred_at, self.within_hours)
        followed = sa.exists().where(
            _NEXT.customer_id == first.customer_id,
            *self.then.holds(_NEXT, of_one=True),
            _NEXT.occurred_at > first.occurred_at,
            _NEXT.occurred_at <= deadline,
            *Interval(window.start, None, now).bounds(_NEXT.occurred_at),
        )
        outcome = [deadline <= now, sa.not_(followed)] if self.negate else [followed]
        return [*self.first.holds(first), *window.bounds(first.occurred_at), *outcome]

    def sentence(self) -> str:
        hours = "an hour" if self.within_hours == 1 else f"{self.within_hours:,} hours"
        followed = f"{'not ' if self.negate else ''}followed by {self.then.words()}"
        return f"did {self.first.words()}{self.when()} {followed} within {hours}"
