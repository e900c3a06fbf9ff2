"""Which events a rule speaks of: a type, filters, a window."""

from typing import Any

from pipeline.models import Event
from pipeline.rules.english import joined
from pipeline.rules.fields import NonEmptyOrNull, Part
from pipeline.rules.filters import Filters
from pipeline.rules.rule import Condition


class Occurrence(Part):
    """Events of a type, or of any, whose properties pass all filters."""

    event_type: NonEmptyOrNull
    filters: Filters

    def holds(self, event: Any = Event) -> list[Condition]:
        """The conditions on an event, or on an alias of the table."""
        of_type = [] if self.event_type is None else [event.type == self.event_type]
        return [*of_type, *(each.holds(event.properties) for each in self.filters)]

    def words(self) -> str:
        """What was done, in English, to follow "did"."""
        what = "anything" if self.event_type is None else self.event_type
        passed = joined([each.words() for each in self.filters], "and") if self.filters else ""
        return f"{what} with {passed}" if passed else what
