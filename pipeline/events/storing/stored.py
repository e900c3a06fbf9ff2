"""What storing some events came to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """How many events were new, and how many customers."""

    events: int
    new_customers: int
