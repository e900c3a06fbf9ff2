"""Kind `segment`: members of a saved segment, followed live."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from pipeline.rules.fields import Required
from pipeline.rules.rule import Condition, Rule


def _id(value: object) -> str:
    if isinstance(value, str):
        try:
            if str(uuid.UUID(value)) == value.lower():
                return value.lower()
        except ValueError:
            pass
    raise ValueError("must be the id of a segment")


class Reference(Rule):
    """Is a member of another segment; `pipeline.segments.resolve` finds out what that means."""

    kind = "segment"
    label = "is in the segment"
    segment_id: Annotated[
        str,
        BeforeValidator(_id),
        WithJsonSchema({"type": "string", "format": "uuid"}),
        Required,
    ]

    def where(self, now: datetime) -> Condition:
        raise NotImplementedError("resolve a rule's references before it is evaluated")

    def sentence(self) -> str:
        return f"are in the segment {self.segment_id}"
