"""Conditions on an event's properties: each operator with its menu label, its SQL, its English."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
)

from pipeline import exact_json
from pipeline.rules.comparisons import COMPARISONS
from pipeline.rules.english import MOST_SHOWN, joined, quoted
from pipeline.rules.fields import (
    IsObject,
    OrNull,
    Part,
    Path,
    Required,
    check_scalar,
    check_scalars,
    check_string,
    is_number,
    objects,
    one_of,
)
from pipeline.rules.intervals import Condition
from pipeline.rules.paths import in_words, steps
from pipeline.sql import (
    Step,
    by_code_point,
    is_one_of,
    json_equals,
    json_exists,
    json_scalar,
    json_sign,
    json_string,
    scalar,
    strpos,
    typed_text,
)

MAX_FILTERS = 20


@dataclass(frozen=True, slots=True)
class Operator:
    """What a property can be asked.

    `takes` checks the value, None when there is none; `holds(properties, path, value)` is the
    condition on a column, which may be NULL where it does not hold; `words(path, value)` follows
    "with".
    """

    name: str
    label: str
    takes: Callable[[object], object] | None
    holds: Callable[[Any, list[Step], Any], Any]
    words: Callable[[str, Any], str]


def _equals(properties: Any, path: list[Step], value: Any) -> Any:
    return json_equals(properties, value, *path)


def _not_equals(properties: Any, path: list[Step], value: Any) -> Any:
    differs = sa.func.coalesce(json_scalar(properties, *path) != scalar(value), sa.true())
    return sa.and_(json_exists(properties, *path), differs)


def _in(properties: Any, path: list[Step], values: Any) -> Any:
    return is_one_of(json_scalar(properties, *path), values)


def _any_of(path: str, values: Any) -> str:
    return f"{path} {joined([quoted(value) for value in values], 'or', at_most=MOST_SHOWN)}"


def _ordered(name: str, label: str, text_words: str) -> Operator:
    comparison = COMPARISONS[name]

    def holds(properties: Any, path: list[Step], value: Any) -> Any:
        if isinstance(value, str):
            return comparison.holds(by_code_point(json_string(properties, *path)), value)
        if is_number(value):
            return comparison.holds(json_sign(properties, value, *path), 0)
        return sa.false()

    def words(path: str, value: Any) -> str:
        as_text = text_words if isinstance(value, str) else f"{comparison.words} {{}}"
        return f"{path} {as_text.format(quoted(value))}"

    return Operator(name, label, check_scalar, holds, words)


OPERATORS = {
    operator.name: operator
    for operator in (
        Operator("equals", "is", check_scalar, _equals, lambda path, v: f"{path} {quoted(v)}"),
        Operator(
            "not_equals",
            "is anything but",
            check_scalar,
            _not_equals,
            lambda path, value: f"{path} other than {quoted(value)}",
        ),
        Operator("in", "is one of", check_scalars, _in, _any_of),
        _ordered("greater", "is more than", "after {}"),
        _ordered("greater_or_equal", "is at least", "{} or after"),
        _ordered("less", "is less than", "before {}"),
        _ordered("less_or_equal", "is at most", "{} or before"),
        Operator(
            "contains",
            "contains",
            check_string,
            lambda properties, path, value: strpos(json_string(properties, *path), value) > 0,
            lambda path, value: f"{path} containing {quoted(value)}",
        ),
        Operator(
            "starts_with",
            "starts with",
            check_string,
            lambda properties, path, value: strpos(json_string(properties, *path), value) == 1,
            lambda path, value: f"{path} starting with {quoted(value)}",
        ),
        Operator(
            "exists",
            "is there",
            None,
            lambda properties, path, _: json_exists(properties, *path),
            lambda path, _: f"any {path}",
        ),
        Operator(
            "missing",
            "is not there",
            None,
            lambda properties, path, _: sa.not_(json_exists(properties, *path)),
            lambda path, _: f"no {path}",
        ),
    )
}


def _value(value: object, field: ValidationInfo) -> object:
    operator = OPERATORS.get(field.data.get("op", ""))
    return operator.takes(value) if operator and operator.takes else None


class Filter(Part):
    """One condition on a property of an event."""

    path: Path
    op: one_of(OPERATORS)  # type: ignore[valid-type]
    value: Annotated[Any, BeforeValidator(_value), Required]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Filter)
            and super().__eq__(other)
            and exact_json.same(self.value, other.value)
        )

    def holds(self, properties: Any) -> Condition:
        """The condition on a column of properties; it may be NULL where it does not hold."""
        condition: Condition = self._operator.holds(properties, steps(self.path), self.value)
        return condition

    def words(self) -> str:
        """The condition in English, to follow "with"."""
        return self._operator.words(in_words(self.path), self.value)

    @property
    def _operator(self) -> Operator:
        return OPERATORS[self.op]

    @model_serializer(mode="wrap")
    def _without_value(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        given: dict[str, Any] = fields(self)
        if self._operator.takes is None:
            del given["value"]
        return given


def _filters(value: object) -> object:
    return [] if value is None else objects(value, 0, MAX_FILTERS, "filters")


Filters = Annotated[
    list[Annotated[Filter, IsObject]], BeforeValidator(_filters), OrNull(), Field(default=[])
]


def contradict(filters: list[Filter]) -> bool:
    """Whether no value can pass all of these filters on one path."""
    operators = {each.op for each in filters}
    equals = [typed_text(each.value) for each in filters if each.op == "equals"]
    return (
        ("missing" in operators and len(operators) > 1)
        or len({*equals}) > 1
        or any(_never_holds(each) for each in filters)
    )


def _never_holds(filter_: Filter) -> bool:
    orders = filter_.op in COMPARISONS and filter_.op not in ("equals", "not_equals")
    return orders and isinstance(filter_.value, bool)
