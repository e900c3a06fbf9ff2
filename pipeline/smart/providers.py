"""What a provider of Smart Generate or Smart Draft has to be: one method, plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Generated:
    """A definition, and the phrases of the prompt that are not in it, as they were written.

    `understood`: something of the prompt is in it; otherwise it is only a default. `changed`: the
    phrases with a number that no rule can have, instead of which it has the nearest.
    """

    definition: Mapping[str, object]
    not_understood: Sequence[str] = ()
    understood: bool = True
    changed: Sequence[str] = ()


class SegmentGenerator(Protocol):
    """Turns a marketer's words into a segment definition."""

    def generate(self, prompt: str, event_types: Sequence[str]) -> Mapping[str, object] | Generated:
        """A definition as `pipeline.rules.parse` takes it, alone or with what it leaves out.

        `prompt` is trimmed and not blank; `event_types` are the names of those that there are, or
        none if the asker does not say which.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmailFacts:
    """All a writer learns about a customer; None where nothing is known."""

    customer_email: str
    recent_event_type: str | None = None
    recommended_sku: str | None = None


@dataclass(frozen=True, slots=True)
class EmailText:
    """One e-mail draft: a single-line subject and a plain-text body."""

    subject: str
    body: str


class EmailWriter(Protocol):
    """Writes an e-mail draft to one customer; called once per customer of a campaign."""

    def write(self, facts: EmailFacts) -> EmailText:
        """A non-blank subject of one line (≤ 1,000 characters) and body (≤ 100,000)."""
        ...
