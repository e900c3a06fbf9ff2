"""What every rule is: fields, a condition on `Customer`, a sentence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from pydantic import SerializerFunctionWrapHandler, model_serializer

from pipeline.rules.fields import Part

Condition = sa.ColumnElement[bool]


class Rule(Part):
    """What all kinds share."""

    kind: ClassVar[str]
    label: ClassVar[str]

    @property
    def implies_event(self) -> bool:
        """Whether whoever matches at `now` has an event at or before it."""
        return False

    @property
    def children(self) -> Sequence["Rule"]:
        """The rules that it is made of."""
        return ()

    def where(self, now: datetime) -> Condition:
        """The condition that holds for exactly the customers who match at `now`."""
        raise NotImplementedError

    def sentence(self) -> str:
        """The rule in English, to follow "customers who"."""
        raise NotImplementedError

    def definition(self) -> dict[str, Any]:
        """The JSON object that `parse` makes this rule of."""
        return self.model_dump(by_alias=True)

    @model_serializer(mode="wrap")
    def _with_kind(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **fields(self)}
