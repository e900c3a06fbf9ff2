"""Which events a rule speaks of: a type, filters, a window."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa

from pipeline import exact_json
from pipeline.models import Event
from pipeline.rules.english import joined, named
from pipeline.rules.fields import NonEmptyOrNull, Part
from pipeline.rules.filters import Filter, Filters, contradict
from pipeline.rules.intervals import Condition
from pipeline.rules.paths import steps
from pipeline.rules.rule import Mention
from pipeline.sql import not_by_index


class Occurrence(Part):
    """Events of a type, or of any, whose properties pass all filters."""

    event_type: NonEmptyOrNull
    filters: Filters

    def holds(self, event: Any = Event, *, of_one: bool = False) -> list[Condition]:
        """The conditions on an event, or on an alias; `of_one` when its customer is given."""
        column = not_by_index(event.type) if of_one else event.type
        of_type = [] if self.event_type is None else [column == self.event_type]
        return [*of_type, *self._passes(event.properties)]

    def _passes(self, properties: Any) -> list[Condition]:
        """That an event passes all filters; those by which an index finds it are for themselves."""
        found = [each.holds(properties) for each in self.filters if each.op == "equals"]
        others = [each.holds(properties) for each in self.filters if each.op != "equals"]
        if others and len(self.filters) > 1:
            # PostgreSQL takes each for rare and all for next to none, and plans the negation as if
            # there were none to leave out; of a CASE it assumes nothing.
            others = [sa.case((sa.and_(*others), sa.true()), else_=sa.false())]
        return [*found, *others]

    @property
    def is_impossible(self) -> bool:
        """Whether no event can pass all filters."""
        by_path = groupby(sorted(self.filters, key=_place), key=_place)
        return any(contradict([*filters]) for _, filters in by_path)

    @property
    def mention(self) -> Mention:
        """What it asks of events."""
        asked = [each.path for each in self.filters if each.op != "missing"]
        return Mention(self.event_type, asked)

    def words(self, *more: str) -> str:
        """What was done and with what, in English, to follow "did"."""
        what = "anything" if self.event_type is None else named(self.event_type)
        details = [*(each.words() for each in self.filters), *more]
        return f"{what} with {joined(details, 'and')}" if details else what


def _place(filter_: Filter) -> str:
    return exact_json.dumps(steps(filter_.path))
