"""The three simplest kinds, as the REST contract has had them from the start."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from pipeline.models import Customer, Event
from pipeline.rules import profile
from pipeline.rules.english import days_in_words, times_in_words
from pipeline.rules.fields import Count, Days, NonEmpty, String
from pipeline.rules.rule import Condition, Evidence, Rule
from pipeline.rules.windows import Interval
from pipeline.sql import among, json_string


class _InLastDays(Rule):
    event_type: NonEmpty

    @property
    def implies_event(self) -> bool:
        return True

    def _events(self, days: int, now: datetime) -> list[Condition]:
        of_type = Event.type == self.event_type
        return [of_type, *_last(days, now).bounds(Event.occurred_at)]


class EventTypeInLastDays(_InLastDays):
    """Did `event_type` in the last `days` times 24 hours."""

    kind = "event_type_in_last_days"
    label = "did something in the last days"
    days: Days

    def where(self, now: datetime) -> Condition:
        return profile.did(self.event_type, _last(self.days, now))

    def evidence(self, now: datetime) -> Evidence:
        return Evidence(self._events(self.days, now))

    def sentence(self) -> str:
        return f"did {self.event_type} in the last {days_in_words(self.days)}"


class EventPropertyEquals(_InLastDays):
    """Did `event_type` with a top-level property `path` that is exactly the string `value`."""

    kind = "event_property_equals"
    label = "did something with a property"
    path: NonEmpty
    value: String
    days: Days

    def where(self, now: datetime) -> Condition:
        return among(Customer.id, sa.select(Event.customer_id).where(*self.evidence(now).events))

    def evidence(self, now: datetime) -> Evidence:
        equal = json_string(Event.properties, self.path) == self.value
        return Evidence([*self._events(self.days, now), equal])

    def sentence(self) -> str:
        what = f'{self.event_type} with {self.path} "{self.value}"'
        return f"did {what} in the last {days_in_words(self.days)}"


class EventCountGteInLastDays(_InLastDays):
    """Did `event_type` at least `min_count` times in the last `days` times 24 hours."""

    kind = "event_count_gte_in_last_days"
    label = "did something so often in the last days"
    days: Days
    min_count: Count

    def where(self, now: datetime) -> Condition:
        events = sa.select(Event.customer_id).where(*self.evidence(now).events)
        often = sa.func.count() >= self.min_count
        return among(Customer.id, events.group_by(Event.customer_id).having(often))

    def evidence(self, now: datetime) -> Evidence:
        return Evidence(self._events(self.days, now))

    def sentence(self) -> str:
        often = f"at least {times_in_words(self.min_count)}"
        return f"did {self.event_type} {often} in the last {days_in_words(self.days)}"


def _last(days: int, now: datetime) -> Interval:
    return Interval(now - timedelta(days=days), None, now)
