"""What there is to choose from when a rule is made: event types, properties and their values.

Event types are counted exactly. Properties and values are those of the newest events, of which
there may be millions more; a `Sample` says how many were read.
"""

from pipeline.catalogue.samples import (
    MOST_TYPES,
    SAMPLE_EVENTS,
    Choice,
    Property,
    Sample,
    looked_at,
    sample,
)
from pipeline.catalogue.types import EventType, distinct_types, event_types, type_names

__all__ = [
    "MOST_TYPES",
    "SAMPLE_EVENTS",
    "Choice",
    "EventType",
    "Property",
    "Sample",
    "distinct_types",
    "event_types",
    "looked_at",
    "sample",
    "type_names",
]
