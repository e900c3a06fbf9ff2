"""What the menus of the builder offer, with how often it is there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pages.builder import words
from pipeline import event_types, list_segments, sample
from pipeline.catalogue import SAMPLE_EVENTS, Sample
from pipeline.database import default
from pipeline.rules.paths import in_words, steps


class Known:
    """What there is as the page is opened; of properties, what there is once a menu needs them."""

    def __init__(self, session: Session) -> None:
        self.types = {each.name: each.events for each in event_types(session)}
        self.segments = {str(each.id): each.name for each in list_segments(session)}
        self._samples: dict[str | None, Sample] = {}

    def properties(self, event_type: str | None) -> Mapping[str, int]:
        """The properties of a type's newest events, each with the number of those that have it."""
        found = self._sample(event_type).properties
        return {in_words([*each.path]): each.events for each in found}

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
        if event_type == "":
            return Sample(0, is_whole=True, properties=[])
        if event_type not in self._samples:
            with default().read() as session:
                self._samples[event_type] = sample(session, event_type)
        return self._samples[event_type]
