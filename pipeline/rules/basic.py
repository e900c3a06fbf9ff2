"""The three simplest kinds, as the REST contract has had them from the start."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.models import Customer, Event
from pipeline.rules.english import days_in_words, named, quoted, times_in_words
from pipeline.rules.fields import Count, Days, NonEmpty, String
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.paths import in_words
from pipeline.rules.profile import Equality, Lately, Profiles
from pipeline.rules.rule import Evidence, Mention, Rule
from pipeline.sql import MOST_KEPT, among, is_short, json_equals


class _InLastDays(Rule):
    event_type: NonEmpty
    if TYPE_CHECKING:
        days: Days  # each kind has it where the contract has it checked

    @property
    def implies_event(self) -> bool:
        return True

    @property
    def mentions(self) -> list[Mention]:
        return [Mention(self.event_type, [])]

    @property
    def period(self) -> timedelta:
        """How far back it looks."""
        return timedelta(days=self.days)

    def interval(self, now: datetime) -> Interval:
        return Interval(now - self.period, None, now)

    def evidence(self, now: datetime) -> Evidence:
        of_type = Event.type == self.event_type
        return Evidence([of_type, *self.interval(now).bounds(Event.occurred_at)])

    def sentence(self) -> str:
        return f"did {self._what()} {self._when()}"

    def negation(self) -> str:
        return f"did not {self._what()} {self._when()}"

    def _what(self) -> str:
        return named(self.event_type)

    def _when(self) -> str:
        return f"in the last {days_in_words(self.days)}"


class EventTypeInLastDays(_InLastDays):
    """Did `event_type` in the last `days` times 24 hours."""

    kind = "event_type_in_last_days"
    label = "did something in the last days"
    days: Days

    @property
    def lately(self) -> Lately:
        return Lately(Profiles(self.event_type), 1, self.period)

    def where(self, now: datetime) -> Condition:
        return self.lately.where(now)


class EventPropertyEquals(_InLastDays):
    """Did `event_type` with a top-level property `path` that is exactly the string `value`."""

    kind = "event_property_equals"
    label = "did something with a property"
    path: NonEmpty
    value: String
    days: Days

    @property
    def lately(self) -> Lately | None:
        profiles = self.by_value
        return Lately(profiles, 1, self.period) if profiles else None

    def where(self, now: datetime) -> Condition:
        if lately := self.lately:
            return lately.where(now)
        return among(Customer.id, sa.select(Event.customer_id).where(*self.evidence(now).events))

    @property
    def equality(self) -> Equality | None:
        return Equality(self.event_type, self.path, self.value) if is_short(self.value) else None

    @property
    def mentions(self) -> list[Mention]:
        return [Mention(self.event_type, [self.path], as_texts=True)]

    def evidence(self, now: datetime) -> Evidence:
        equal = json_equals(Event.properties, self.value, self.path)
        return Evidence([*super().evidence(now).events, equal])

    def _what(self) -> str:
        return f"{super()._what()} with {in_words(self.path)} {quoted(self.value)}"


class EventCountGteInLastDays(_InLastDays):
    """Did `event_type` at least `min_count` times in the last `days` times 24 hours."""

    kind = "event_count_gte_in_last_days"
    label = "did something so often in the last days"
    days: Days
    min_count: Count

    @property
    def lately(self) -> Lately | None:
        if self.min_count > MOST_KEPT:
            return None
        return Lately(Profiles(self.event_type), self.min_count, self.period)

    def where(self, now: datetime) -> Condition:
        if lately := self.lately:
            return lately.where(now)
        events = sa.select(Event.customer_id).where(*self.evidence(now).events)
        often = sa.func.count() >= self.min_count
        return among(Customer.id, events.group_by(Event.customer_id).having(often), each_once=True)

    def sentence(self) -> str:
        return self._often("at least")

    def negation(self) -> str:
        return super().negation() if self.min_count == 1 else self._often("fewer than")

    def _often(self, words: str) -> str:
        return f"did {self._what()} {words} {times_in_words(self.min_count)} {self._when()}"
