"""What every rule is: fields, a condition on `Customer`, a sentence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import ConfigDict, PrivateAttr, SerializerFunctionWrapHandler, model_serializer

from pipeline.rules.fields import Part, describe
from pipeline.rules.intervals import Condition, Interval
from pipeline.rules.paths import Path
from pipeline.rules.profile import Equality, Lately, Profiles


def _describe_kind(schema: dict[str, Any], model: type["Rule"]) -> None:
    describe(schema, model)
    if kind := getattr(model, "kind", None):
        schema["title"] = kind
        schema["properties"] = {"kind": {"const": kind}, **schema["properties"]}
        schema["required"].insert(0, "kind")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which events a rule speaks of, as conditions on `Event`.

    `measure` is for rules about a property: a column, and what the numbers in it add up to.
    """

    events: Sequence[Condition]
    oldest_first: bool = False
    measure: tuple[Any, Callable[[list[Decimal]], Decimal]] | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """An event type that a rule names (None: any), and the paths that it looks at in its events.

    `as_texts`: of what is there it only knows strings.
    """

    event_type: str | None
    paths: Sequence[Path]
    as_texts: bool = False


class Rule(Part):
    """What all kinds share."""

    model_config = ConfigDict(json_schema_extra=_describe_kind)

    kind: ClassVar[str]
    label: ClassVar[str]
    _property_id: int | None = PrivateAttr(None)

    @property
    def implies_event(self) -> bool:
        """Whether whoever matches at `now` has an event at or before it."""
        return False

    @property
    def children(self) -> Mapping[str, "Rule"]:
        """The rules that it is made of, by the way to each: `rule`, `rules[0]`, `rules[1]`."""
        return {}

    @property
    def decided(self) -> bool | None:
        """What the form alone decides: True that everybody matches, False that nobody can."""
        return None

    @property
    def mentions(self) -> Sequence[Mention]:
        """What it asks of events, for those who know which there are."""
        return ()

    @property
    def equality(self) -> Equality | None:
        """What it asks of events of one type, when that is all, and profiles could have it."""
        return None

    def tracked(self, property_id: int | None) -> "Rule":
        """The same rule, to be answered by the profiles of its equality's property, if any."""
        rule = self.model_copy()
        rule._property_id = property_id
        return rule

    @property
    def by_value(self) -> Profiles | None:
        """The profiles of its equality's property, when it is tracked."""
        if self.equality is None or self._property_id is None:
            return None
        return self.equality.profiles(self._property_id)

    @property
    def lately(self) -> Lately | None:
        """What it asks of the last days, when that is all, and profiles have it."""
        return None

    def interval(self, now: datetime) -> Interval | None:  # noqa: ARG002 - as `evidence`
        """The moments that it looks at, as of `now`; None when it has no window."""
        return None

    def where(self, now: datetime) -> Condition:
        """The condition that holds for exactly the customers who match at `now`."""
        raise NotImplementedError

    def evidence(self, now: datetime) -> Evidence | None:  # noqa: ARG002 - of those that have some
        """The events that it speaks of at `now`; None when it speaks of none."""
        return None

    def sentence(self) -> str:
        """The rule in English, to follow "customers who"."""
        raise NotImplementedError

    def negation(self) -> str:
        """The opposite in English, to follow "customers who"."""
        return f"are not among those who {self.sentence()}"

    def definition(self) -> dict[str, Any]:
        """The JSON object that `parse` makes this rule of."""
        return self.model_dump(by_alias=True)

    @model_serializer(mode="wrap")
    def _with_kind(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": self.kind, **fields(self)}


def walk(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """A rule and all that it is made of, from the top, each with its path; the top's is ""."""
    yield path, rule
    for step, child in rule.children.items():
        yield from walk(child, inside(path, step))


def inside(path: str, step: str) -> str:
    """The path of what is one step further."""
    return f"{path}.{step}" if path else step
