"""What the OpenAPI document says beyond what the framework finds out: bodies and refusals."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from pipeline.api import shapes
from pipeline.api.definitions import REF, schemas
from pipeline.api.origins import READS
from pipeline.api.requests import REQUESTS

_REFUSALS = {
    400: "Something in the request does not fit",
    403: "A page of another site asks",
    404: "Not found",
    409: "The state it is in forbids it",
    413: "Too large",
    500: "A fault of ours",
    502: "The provider failed",
    503: "The database does not answer, or a setting cannot be used",
}

Responses = dict[int | str, dict[str, Any]]


def refuses(*statuses: int) -> Responses:
    """The refusals of a route."""
    return {
        status: {"model": shapes.Error, "description": _REFUSALS[status]}
        for status in (*statuses, 500)
    }


def takes(body: type[BaseModel]) -> dict[str, Any]:
    """The JSON body of a route."""
    schema = {"$ref": REF.format(model=body.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add the bodies and the rules, and take out the refusals that never happen."""
    _, bodies = models_json_schema([(body, "validation") for body in REQUESTS], ref_template=REF)
    components = {**document["components"]["schemas"], **bodies["$defs"], **schemas()}
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    document["components"]["schemas"] = dict(sorted(components.items()))
    for operations in document["paths"].values():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)  # the framework's own
            if method.upper() in READS:
                operation["responses"].pop("403", None)
    return document
