"""Events come in, one at a time or many."""

from fastapi import APIRouter

from pipeline.api import requests, shapes
from pipeline.api.answer import Answer
from pipeline.api.body import MOST_EVENTS, BatchFields, Fields
from pipeline.api.document import refuses, takes
from pipeline.api.errors import TooLarge
from pipeline.api.parameters import Clock, Db, IdempotencyKey, Shared
from pipeline.errors import Invalid
from pipeline.events import ingested, parse_many, store_many
from pipeline.events.incoming import parse

router = APIRouter(prefix="/events", tags=["Events"])

_SEEN = {"model": shapes.Ingested, "description": "The key was seen before; nothing is stored"}


@router.post(
    "",
    status_code=201,
    response_model=shapes.Ingested,
    response_description="Stored",
    responses={200: _SEEN, **refuses(400, 413, 503)},
    openapi_extra=takes(requests.NewEvent),
)
async def ingest_event(
    shared: Shared, clock: Clock, fields: Fields, idempotency_key: IdempotencyKey = None
) -> Answer:
    """Store an event, with its customer, unless its key was seen for that customer before."""
    now = clock()
    event = parse(fields, key=idempotency_key, now=now)
    done = ingested(event, await shared.store(event, now=now))
    return Answer(shapes.Ingested.model_validate(done), 201 if done.created else 200)


@router.post(
    "/batch",
    response_model=shapes.BatchResult,
    responses=refuses(400, 413, 503),
    openapi_extra=takes(requests.Batch),
)
def ingest_events(database: Db, clock: Clock, fields: BatchFields) -> Answer:
    """Store the good ones of up to 5,000 events; each may have an `idempotencyKey`."""
    events = fields.get("events")
    if not isinstance(events, list):
        raise Invalid("events must be an array")
    if len(events) > MOST_EVENTS:
        raise TooLarge(f"events must have at most {MOST_EVENTS:,} items")
    now = clock()
    batch = parse_many(events, now=now)
    result = database.transact(lambda session: store_many(session, batch, now=now))
    return Answer(shapes.BatchResult.model_validate(result))
