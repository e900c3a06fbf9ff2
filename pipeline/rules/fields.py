"""The checked types of a rule's fields: what fits, and the sentence for what does not."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from pipeline.limits import number_problem, unstorable
from pipeline.sql import Number as AnyNumber
from pipeline.sql import Step

MAX_DAYS = 3650
MAX_COUNT = 1_000_000_000
MAX_STEPS = 32
MAX_VALUES = 1_000

M = TypeVar("M", bound=BaseModel)


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Say in a schema what has to be given; its default only leads to the refusal."""
    fields = model.model_fields.items()
    schema["required"] = [to_camel(name) for name, field in fields if field.validate_default]
    for name in schema["required"]:
        del schema["properties"][name]["default"]


class Part(BaseModel):
    """What rules and their parts share: camelCase in JSON, unchangeable, other fields ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore", json_schema_extra=describe
    )


class Mistake(ValueError):
    """What does not fit, as the end of a sentence that begins with the path to it."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


def checked(model: type[M], fields: Mapping[str, object], context: object = None) -> M:
    """The model of these fields; raises the first Mistake."""
    try:
        return model.model_validate(dict(fields), context=context)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first["ctx"]["error"]
        path = _path_to(first["loc"], getattr(cause, "path", ""))
        raise Mistake(str(cause), path) from None


def _path_to(places: tuple[int | str, ...], inside: str) -> str:
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{to_camel(p)}" for p in places)
    return (path + (inside if inside.startswith("[") else f".{inside}")).strip(".")


# ------------------------------------------------------------------------------------------ texts
def check_string(value: object) -> str:
    """Any text that can be stored; raises ValueError."""
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if problem := unstorable(value):
        raise ValueError(problem)
    return value


def check_non_empty(value: object) -> str:
    """The trimmed text of a string that is not blank; raises ValueError."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a non-empty string")
    return check_string(value).strip()


def _non_empty_or_null(value: object) -> str | None:
    return None if value is None else check_non_empty(value)


# ---------------------------------------------------------------------------------------- numbers
def is_number(value: object) -> bool:
    """Whether it is a number of JSON."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def whole_number(value: object, least: int, most: int) -> int:
    """A whole number from `least` (0 or 1) to `most`, also written as 7.0; raises ValueError."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not fits or value < least:  # type: ignore[operator]
        raise ValueError(f"must be a {'positive' if least else 'non-negative'} integer")
    if value > most:  # type: ignore[operator]
        raise ValueError(f"must be at most {most}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def _positive(most: int) -> BeforeValidator:
    return BeforeValidator(lambda value: whole_number(value, 1, most))


def _number(value: object) -> AnyNumber:
    if not is_number(value):
        raise ValueError("must be a number")
    if problem := number_problem(value):  # type: ignore[arg-type]
        raise ValueError(f"must be a number {problem}")
    return value  # type: ignore[return-value]


def check_scalar(value: object) -> str | AnyNumber | bool:
    """A string, a number or a boolean; raises ValueError."""
    if isinstance(value, str):
        return check_string(value)
    if isinstance(value, bool):
        return value
    if not is_number(value):
        raise ValueError("must be a string, a number or a boolean")
    return _number(value)


def check_scalars(value: object) -> list[str | AnyNumber | bool]:
    """A list of 1 to 1,000 of them; raises Mistake with the position."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_VALUES:
        raise ValueError(f"must be a list of 1 to {MAX_VALUES:,} strings, numbers or booleans")
    return each(check_scalar, value)


def each(check: Any, values: Sequence[object]) -> list[Any]:
    """What `check` makes of each value; raises Mistake with the position of the first."""
    found = []
    for position, value in enumerate(values):
        try:
            found.append(check(value))
        except ValueError as error:
            raise Mistake(str(error), f"[{position}]") from None
    return found


def _flag(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError("must be true or false")


# ------------------------------------------------------------------------------------------ paths
def _path(value: object) -> str | list[Step]:
    if isinstance(value, str) and value.strip():
        return check_string(value)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_STEPS:
        raise ValueError(f"must be a non-empty string or a list of 1 to {MAX_STEPS} keys")
    return each(_step, value)


def _step(value: object) -> Step:
    if isinstance(value, str):
        return check_string(value)
    if not is_number(value):
        raise ValueError("must be a string or a non-negative integer")
    return whole_number(value, 0, MAX_COUNT)


# -------------------------------------------------------------------------------------- structure
def _object(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if not isinstance(value, BaseModel):
        raise ValueError("must be a JSON object")
    return value


def objects(value: object, least: int, most: int, noun: str) -> object:
    """A list of `least` to `most` of something; raises ValueError."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise ValueError(f"must be a list of {least} to {most} {noun}")
    return value


def one_of(names: Mapping[str, object]) -> Any:
    """The type of a field that is one of these names."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"must be one of: {', '.join(names)}")
        return value

    return Annotated[str, BeforeValidator(check), WithJsonSchema({"enum": [*names]}), Required]


# A field that is not given is checked like one that is null: the sentences are the same.
Required = Field(default=None, validate_default=True)
NonEmpty = Annotated[str, BeforeValidator(check_non_empty), Required]
NonEmptyOrNull = Annotated[str | None, BeforeValidator(_non_empty_or_null), Field(default=None)]
String = Annotated[str, BeforeValidator(check_string), Required]
Days = Annotated[int, _positive(MAX_DAYS), Required]
Hours = Annotated[int, _positive(MAX_DAYS * 24), Required]
Count = Annotated[int, _positive(MAX_COUNT), Required]
CountOrZero = Annotated[int, BeforeValidator(lambda v: whole_number(v, 0, MAX_COUNT)), Required]
Number = Annotated[Any, BeforeValidator(_number), WithJsonSchema({"type": "number"}), Required]
Path = Annotated[
    Any,
    BeforeValidator(_path),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "array",
                    "items": {"type": ["string", "integer"], "minimum": 0},
                    "minItems": 1,
                    "maxItems": MAX_STEPS,
                },
            ]
        }
    ),
    Required,
]
Flag = Annotated[
    bool,
    BeforeValidator(_flag),
    WithJsonSchema({"type": ["boolean", "null"]}),
    Field(default=False),
]
IsObject = BeforeValidator(_object)


class OrNull:
    """For a field whose default null stands for: its schema says so."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Either what the field is otherwise, or null."""
        return {"anyOf": [handler(schema), {"type": "null"}]}
