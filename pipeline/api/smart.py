"""Smart Generate and Smart Draft: a prompt becomes a definition, facts become an e-mail."""

from fastapi import APIRouter

from pipeline.api import requests, shapes
from pipeline.api.answer import Answer
from pipeline.api.body import Fields
from pipeline.api.document import refuses, takes
from pipeline.smart import draft_email, understand

router = APIRouter(tags=["Smart"])


@router.post(
    "/smart-generate/segment",
    response_model=shapes.Generated,
    responses=refuses(400, 413, 502),
    openapi_extra=takes(requests.Prompt),
)
def generate_definition(fields: Fields) -> Answer:
    """The definition of an audience in words."""
    found = understand(fields.get("prompt"))
    left_out = [*found.not_understood]
    answer = shapes.Generated(definition=found.rule.definition(), not_understood=left_out)
    return Answer(answer.model_dump(by_alias=True, exclude_defaults=True))


@router.post(
    "/smart-draft/email",
    response_model=shapes.EmailText,
    responses=refuses(400, 413, 502),
    openapi_extra=takes(requests.EmailFacts),
)
def draft_one_email(fields: Fields) -> Answer:
    """An e-mail draft for one customer."""
    names = ("customerEmail", "recentEventType", "recommendedSku")
    return Answer(shapes.EmailText.model_validate(draft_email(*map(fields.get, names))))
