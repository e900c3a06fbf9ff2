"""What the menus of the builder offer, with how often it is there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from pages.builder import words
from pages.parts import names
from pipeline import event_types, list_segments, sample
from pipeline.catalogue import SAMPLE_EVENTS, Property, Sample
from pipeline.database import default
from pipeline.rules.paths import in_words, steps


class Known:
    """What there is as the page is opened; of properties, what there is once a menu needs them.

    `segments` are the names of all but the one that is composed, by id.
    """

    def __init__(self, session: Session, *, without: UUID | None) -> None:
        self.types = {each.name: each.events for each in event_types(session)}
        others = (each for each in list_segments(session) if each.id != without)
        self.segments = {str(id_): name for id_, name in names.by_id(others).items()}
        self._samples: dict[str | None, Sample] = {}

    def properties(self, event_type: str | None) -> Mapping[str, int]:
        """The properties of a type's newest events, each with the number of those that have it."""
        found = self._sample(event_type).properties
        return {in_words([*each.path]): each.events for each in found}

    def texts(self, event_type: str | None) -> Mapping[str, int]:
        """Those at the top that are a text, each with the number of events in which they are."""
        found = self._sample(event_type).properties
        return {in_words([*each.path]): each.texts for each in found if _is_text(each)}

    def values(self, event_type: str | None, path: Any) -> Mapping[str, int]:
        """The values of a property among them, each with the number of its events."""
        way = tuple(steps(path or []))
        found = (each for each in self._sample(event_type).properties if each.path == way)
        return {words.shown(value.value): value.events for each in found for value in each.values}

    @property
    def note(self) -> str | None:
        """What the numbers in these menus leave open."""
        if all(each.is_whole for each in self._samples.values()):
            return None
        return f"Properties and values are those of the newest {SAMPLE_EVENTS:,} events of a type."

    def _sample(self, event_type: str | None) -> Sample:
        if event_type not in (None, *self.types):
            return Sample(0, is_whole=True, properties=[])
        if event_type not in self._samples:
            with default().read() as session:
                self._samples[event_type] = sample(session, event_type)
        return self._samples[event_type]


def _is_text(found: Property) -> bool:
    return found.texts > 0 and len(found.path) == 1
