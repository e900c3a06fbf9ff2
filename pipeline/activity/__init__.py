"""The profiles recomputed from the events that they count: compared with them, or written anew.

These are `customer_activity`, `activity`, and `property_activity` for the properties that are
tracked.
"""

from pipeline.activity.computing import FIGURES, by_customer, by_type, by_value, of_values
from pipeline.activity.ranges import EVERYBODY, Range, everybody, some
from pipeline.activity.rebuilding import Rebuilt, disagreements, hold, rebuild, write

__all__ = [
    "EVERYBODY",
    "FIGURES",
    "Range",
    "Rebuilt",
    "by_customer",
    "by_type",
    "by_value",
    "disagreements",
    "everybody",
    "hold",
    "of_values",
    "rebuild",
    "some",
    "write",
]
