"""Kind `segment`: members of a saved segment, followed live."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from pipeline.ids import id_of
from pipeline.rules.english import quoted
from pipeline.rules.fields import Required
from pipeline.rules.groups import Group
from pipeline.rules.intervals import Condition
from pipeline.rules.rule import Rule

NO_SEGMENT = "must be the id of a segment"


def _id(value: object) -> str:
    if isinstance(value, str) and (found := id_of(value)):
        return str(found)
    raise ValueError(NO_SEGMENT)


class Reference(Rule):
    """Is a member of another segment; `pipeline.segments.references` finds out what that means."""

    kind = "segment"
    label = "is in the segment"
    segment_id: Annotated[
        str,
        BeforeValidator(_id),
        WithJsonSchema({"type": "string", "format": "uuid"}),
        Required,
    ]

    def where(self, now: datetime) -> Condition:
        raise NotImplementedError("a reference is resolved before it is evaluated")

    def sentence(self) -> str:
        return f"are in the segment {self.segment_id}"

    def negation(self) -> str:
        return f"are not in the segment {self.segment_id}"


class Resolved(Group):
    """A reference together with the rule that it stands for now; its definition is the same."""

    model_config = ConfigDict(validate_by_name=True)

    kind = "segment"
    label = Reference.label
    segment_id: str
    name: str = Field(exclude=True)
    rule: Rule = Field(exclude=True)

    @property
    def implies_event(self) -> bool:
        return self.rule.implies_event

    @property
    def children(self) -> Mapping[str, Rule]:
        return {"segment": self.rule}

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        (rule,) = rules
        return self.model_copy(update={"rule": rule})

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        (condition,) = conditions
        return condition

    def sentence(self) -> str:
        return f"are in the segment {quoted(self.name)}"

    def negation(self) -> str:
        return f"are not in the segment {quoted(self.name)}"
