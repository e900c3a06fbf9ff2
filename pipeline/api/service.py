"""Whether the service is well."""

from fastapi import APIRouter

from pipeline.api import shapes
from pipeline.api.answer import Answer
from pipeline.api.document import refuses
from pipeline.api.parameters import Db

router = APIRouter(tags=["Service"])


@router.get("/health", response_model=shapes.Health, responses=refuses(503))
def health(database: Db) -> Answer:
    """Whether the database answers, and which kind it is."""
    database.ping()
    return Answer(shapes.Health(database=database.kind))
