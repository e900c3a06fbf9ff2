"""Kinds `all`, `any` and `not`: rules made of rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, SerializeAsAny, WithJsonSchema

from pipeline.rules.fields import Info, Required, objects
from pipeline.rules.rule import Condition, Rule

MAX_RULES = 50


def _rule(value: object, info: Info) -> object:
    # `parse` hands its inner half over as context, so that groups need not know the kinds.
    return value if isinstance(value, Rule) else info.context(value)  # type: ignore[misc]


def _rules(value: object) -> object:
    return objects(value, 1, MAX_RULES, "rules")


#: How a schema says that there is a rule.
NESTED = {"title": "Definition", "type": "object"}
Nested = Annotated[SerializeAsAny[Rule], BeforeValidator(_rule), WithJsonSchema(NESTED)]


class Group(Rule):
    """A rule made of rules; `combine` makes its condition of theirs."""

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        """The same made of other rules."""
        raise NotImplementedError

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        """The condition that it makes of its rules' conditions."""
        raise NotImplementedError

    def where(self, now: datetime) -> Condition:
        return self.combine([rule.where(now) for rule in self.children.values()])


class _Several(Group):
    rules: Annotated[list[Nested], BeforeValidator(_rules), Required]

    word: ClassVar[str]

    @property
    def children(self) -> Mapping[str, Rule]:
        return {f"rules[{place}]": rule for place, rule in enumerate(self.rules)}

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        return self.model_copy(update={"rules": [*rules]})

    def sentence(self) -> str:
        return f" {self.word} ".join(rule.sentence() for rule in self.rules)


class AllOf(_Several):
    """Every one of the rules."""

    kind = "all"
    label = "all of"
    word = "and"

    @property
    def implies_event(self) -> bool:
        return any(rule.implies_event for rule in self.rules)

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        return sa.and_(*conditions)


class AnyOf(_Several):
    """At least one of the rules."""

    kind = "any"
    label = "any of"
    word = "or"

    @property
    def implies_event(self) -> bool:
        return all(rule.implies_event for rule in self.rules)

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        return sa.or_(*conditions)


class Not(Group):
    """All other customers, those without any event included."""

    kind = "not"
    label = "not"
    rule: Annotated[Nested, Required]

    @property
    def children(self) -> Mapping[str, Rule]:
        return {"rule": self.rule}

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        (rule,) = rules
        return self.model_copy(update={"rule": rule})

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        (condition,) = conditions
        return sa.not_(condition)

    def sentence(self) -> str:
        return f"are not among those who {self.rule.sentence()}"
