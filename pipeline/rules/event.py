"""Kind `event`: how often somebody did something."""

import math
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import BeforeValidator, Field

from pipeline.models import Customer, Event
from pipeline.rules.comparisons import COMPARISONS, Comparison
from pipeline.rules.english import times_in_words
from pipeline.rules.fields import CountOrZero, IsObject, OrNull, Part, one_of
from pipeline.rules.intervals import Condition
from pipeline.rules.occurrence import Occurrence
from pipeline.rules.profile import Equality, Lately, Profiles
from pipeline.rules.rule import Evidence, Mention, Rule
from pipeline.rules.windows import LastDays, Windowed, WindowOrNull
from pipeline.sql import MOST_KEPT, among, is_short


class Times(Part):
    """A comparison of a count."""

    op: one_of(COMPARISONS)  # type: ignore[valid-type]
    value: CountOrZero

    @property
    def comparison(self) -> Comparison:
        """How the count compares."""
        return COMPARISONS[self.op]


_AT_LEAST_ONCE = Times(op="greater_or_equal", value=1)


def _times(value: object) -> object:
    return _AT_LEAST_ONCE if value is None else value


class EventCount(Windowed, Occurrence, Rule):
    """Did such events, in the window, so many times."""

    kind = "event"
    label = "did something"
    window: WindowOrNull
    count: Annotated[
        Times, IsObject, BeforeValidator(_times), OrNull(), Field(default=_AT_LEAST_ONCE)
    ]

    @property
    def implies_event(self) -> bool:
        return not self.count.comparison.holds(0, self.count.value)

    @property
    def decided(self) -> bool | None:
        comparison, number = self.count.comparison, self.count.value
        none_is_right = bool(comparison.holds(0, number))
        if self.is_impossible or self.is_never:
            return none_is_right
        if none_is_right and _any_will_do(comparison, number):
            return True
        return False if comparison.name == "less" and number == 0 else None

    @property
    def mentions(self) -> list[Mention]:
        return [self.mention]

    def where(self, now: datetime) -> Condition:
        comparison, number = self.count.comparison, self.count.value
        # Those without any such event are in no group to be counted: where none is right, the
        # others are the ones to be found, and left out.
        if comparison.holds(0, number):
            return sa.not_(self._counted(comparison.opposite, number, now))
        return self._counted(comparison, number, now)

    def _counted(self, comparison: Comparison, number: int, now: datetime) -> Condition:
        """Who did it so often, which is at least once."""
        if comparison.name in ("less", "less_or_equal"):
            return sa.false()
        if (known := self._in_profile(comparison, number, now)) is not None:
            return known
        events = sa.select(Event.customer_id).where(*self.evidence(now).events)
        if _any_will_do(comparison, number):
            return among(Customer.id, events)
        often = comparison.holds(sa.func.count(), number)
        return among(Customer.id, events.group_by(Event.customer_id).having(often), each_once=True)

    def _in_profile(self, comparison: Comparison, number: int, now: datetime) -> Condition | None:
        """The condition that asks no events, if there is one."""
        if lately := self._lately(comparison, number):
            return lately.where(now)
        profiles = self._profiles
        if profiles and _any_will_do(comparison, number):
            return profiles.did(self.interval(now))
        if profiles and self.window is None:
            return profiles.did_so_often(comparison, number, now)
        return None

    @property
    def lately(self) -> Lately | None:
        comparison, number = self.count.comparison, self.count.value
        return None if comparison.holds(0, number) else self._lately(comparison, number)

    def _lately(self, comparison: Comparison, number: int) -> Lately | None:
        least = {"greater_or_equal": number, "greater": number + 1}.get(comparison.name)
        if _any_will_do(comparison, number):
            least = 1
        if not isinstance(self.window, LastDays) or not least or least > MOST_KEPT:
            return None
        profiles = self._profiles
        return Lately(profiles, least, self.window.period) if profiles else None

    @property
    def _profiles(self) -> Profiles | None:
        return self.by_value if self.filters else Profiles(self.event_type)

    @property
    def equality(self) -> Equality | None:
        if self.event_type is None or len(self.filters) != 1:
            return None
        (only,) = self.filters
        is_equality = only.op == "equals" and is_short(only.value)
        return Equality(self.event_type, only.path, only.value) if is_equality else None

    def evidence(self, now: datetime) -> Evidence:
        return Evidence([*self.holds(), *self.interval(now).bounds(Event.occurred_at)])

    def sentence(self) -> str:
        return self._sentence(self.count.comparison)

    def negation(self) -> str:
        return self._sentence(self.count.comparison.opposite)

    def _sentence(self, comparison: Comparison) -> str:
        number, when = self.count.value, self.when()
        if not comparison.holds(0, number) and _any_will_do(comparison, number):
            return f"did {self.words()}{when}"
        if comparison.holds(0, number) and _any_will_do(comparison.opposite, number):
            return f"did not {'do ' if self.event_type is None else ''}{self.words()}{when}"
        words = "fewer than" if comparison.name == "less" else comparison.words
        return f"did {self.words()} {words} {times_in_words(number)}{when}"


def _any_will_do(comparison: Comparison, number: int) -> bool:
    """Whether every count from one on compares so."""
    return all(comparison.holds(count, number) for count in (1, max(1, number), math.inf))
