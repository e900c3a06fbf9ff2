"""What a warning is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleWarning:
    """A sentence about the node at `path` of a definition; "" is the whole."""

    path: str
    sentence: str
