"""Kinds `all`, `any` and `not`: rules made of rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from pydantic import BeforeValidator, SerializeAsAny, ValidationInfo, WithJsonSchema

from pipeline.rules.english import joined
from pipeline.rules.fields import Required, objects
from pipeline.rules.intervals import Condition
from pipeline.rules.profile import Lately
from pipeline.rules.rule import Rule

MAX_RULES = 50


def _rule(value: object, info: ValidationInfo) -> object:
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

    @property
    def lately(self) -> Lately | None:
        only, *others = self.children.values()
        return None if others else only.lately


class _Several(Group):
    rules: Annotated[list[Nested], BeforeValidator(_rules), Required]

    word: ClassVar[str]
    #: The answer of one rule that is the answer of the group.
    settles: ClassVar[bool]

    @property
    def children(self) -> Mapping[str, Rule]:
        return {f"rules[{place}]": rule for place, rule in enumerate(self.rules)}

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        return self.model_copy(update={"rules": [*rules]})

    def sentence(self) -> str:
        *others, last = self._parts()
        if not others:
            return last.sentence()
        said = [f"({part.sentence()})" if _is_open(part) else part.sentence() for part in others]
        return joined([*said, self._last(last)], self.word)

    def negation(self) -> str:
        if len(self._parts()) == 1:
            return self.rules[0].negation()
        return f"are not among those who ({self.sentence()})"

    @property
    def decided(self) -> bool | None:
        known = {rule.decided for rule in self.rules}
        if self.settles in known or self._has_opposites():
            return self.settles
        return None if None in known else not self.settles

    def _has_opposites(self) -> bool:
        """Whether a rule and its negation are both among its rules."""
        negated = [rule.rule for rule in self.rules if isinstance(rule, Not)]
        return any(rule in negated for rule in self.rules)

    def _parts(self) -> list[Rule]:
        """The rules, those of groups of the same kind included, as they need no brackets."""
        parts: list[Rule] = []
        for rule in self.rules:
            parts += rule._parts() if isinstance(rule, type(self)) else [rule]
        return parts

    def _last(self, rule: Rule) -> str:
        return f"({rule.sentence()})" if _is_open(rule) else rule.sentence()


class AllOf(_Several):
    """Every one of the rules."""

    kind = "all"
    label = "all of"
    word = "and"
    settles = False

    @property
    def implies_event(self) -> bool:
        return any(rule.implies_event for rule in self.rules)

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        return sa.and_(*conditions)

    def _last(self, rule: Rule) -> str:
        is_either = isinstance(rule, AnyOf) and len(rule._parts()) > 1
        return f"either {rule.sentence()}" if is_either else super()._last(rule)


class AnyOf(_Several):
    """At least one of the rules."""

    kind = "any"
    label = "any of"
    word = "or"
    settles = True

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

    @property
    def decided(self) -> bool | None:
        return None if self.rule.decided is None else not self.rule.decided

    def with_children(self, rules: Sequence[Rule]) -> Rule:
        (rule,) = rules
        return self.model_copy(update={"rule": rule})

    def combine(self, conditions: Sequence[Condition]) -> Condition:
        (condition,) = conditions
        return sa.not_(condition)

    @property
    def lately(self) -> None:
        return None

    def sentence(self) -> str:
        return self.rule.negation()

    def negation(self) -> str:
        return self.rule.sentence()


def _is_open(rule: Rule) -> bool:
    """Whether what follows its sentence could be taken for a part of it."""
    if isinstance(rule, Not):
        return _is_open_negated(rule.rule)
    if isinstance(rule, _Several):
        return len(rule._parts()) > 1 or _is_open(rule.rules[0])
    return False


def _is_open_negated(rule: Rule) -> bool:
    if isinstance(rule, Not):
        return _is_open(rule.rule)
    if isinstance(rule, _Several):
        return len(rule._parts()) == 1 and _is_open_negated(rule.rules[0])
    # "are not among those who did this" could go on with "and that".
    return type(rule).negation is Rule.negation
