"""The rule language in the OpenAPI document, from the very classes that check it."""

from typing import Any

from pydantic.json_schema import models_json_schema

from pipeline.rules import KINDS, Rule
from pipeline.rules.groups import NESTED
from pipeline.rules.windows import Window

REF = "#/components/schemas/{model}"


def schemas() -> dict[str, Any]:
    """`Definition`, which is one of the kinds, and the parts that several of them have."""
    rules = [(rule, "validation") for rule in KINDS.values()]
    _, found = models_json_schema(rules, ref_template=REF)  # type: ignore[arg-type]
    components = found["$defs"]
    kinds = [components.pop(rule.__name__) for rule in KINDS.values()]
    for base in (Rule, Window):
        components.pop(base.__name__, None)
    components["Definition"] = {"oneOf": kinds}
    linked: dict[str, Any] = _linked(components)
    return linked


def _linked(schema: Any) -> Any:
    """A schema in which rules inside of rules are definitions again."""
    if schema == NESTED:
        return {"$ref": REF.format(model="Definition")}
    if isinstance(schema, dict):
        return {name: _linked(value) for name, value in schema.items()}
    return [_linked(value) for value in schema] if isinstance(schema, list) else schema
