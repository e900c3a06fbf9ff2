"""Segments: saved audiences, and previews of them."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.api import requests, shapes
from pipeline.api.answer import Answer
from pipeline.api.body import Fields
from pipeline.api.document import refuses, takes
from pipeline.api.parameters import Clock, Db, Id
from pipeline.rules import parse
from pipeline.segments import (
    create_segment,
    delete_segment,
    get_segment,
    list_segments,
    preview,
    update_segment,
)

router = APIRouter(prefix="/segments", tags=["Segments"])


@router.post(
    "",
    status_code=201,
    response_model=shapes.SegmentId,
    responses=refuses(400, 413, 503),
    openapi_extra=takes(requests.NewSegment),
)
def add_segment(database: Db, clock: Clock, fields: Fields) -> Answer:
    """Save a segment."""
    segment = database.transact(
        lambda session: create_segment(session, **_given(fields), now=clock())
    )
    return Answer(shapes.SegmentId(segment_id=segment.id), 201)


@router.get("", response_model=shapes.SegmentList, responses=refuses(503))
def all_segments(database: Db) -> Answer:
    """All segments, last updated first."""
    with database.read() as session:
        segments = list_segments(session)
    return Answer(shapes.SegmentList(segments=segments))


@router.post(
    "/preview",
    response_model=shapes.Preview,
    responses=refuses(400, 413, 503),
    openapi_extra=takes(requests.Unsaved),
)
def preview_definition(database: Db, clock: Clock, fields: Fields) -> Answer:
    """Who matches a definition that is not saved: the number, and the first 50 by e-mail."""
    rule = parse(fields.get("definition"))
    with database.read() as session:
        found = preview(session, rule, now=clock())
    return Answer(shapes.Preview.model_validate(found))


@router.get("/{id}", response_model=shapes.SegmentFound, responses=refuses(404, 503))
def show_segment(database: Db, segment_id: Id) -> Answer:
    """One segment."""
    with database.read() as session:
        segment = get_segment(session, segment_id)
    return Answer(shapes.SegmentFound(segment=segment))


@router.put(
    "/{id}",
    response_model=shapes.SegmentFound,
    responses=refuses(400, 404, 413, 503),
    openapi_extra=takes(requests.NewSegment),
)
def replace_segment(database: Db, clock: Clock, segment_id: Id, fields: Fields) -> Answer:
    """Replace a segment's fields; campaigns keep the definition they were created with."""
    segment = database.transact(
        lambda session: update_segment(session, segment_id, **_given(fields), now=clock())
    )
    return Answer(shapes.SegmentFound(segment=segment))


@router.delete("/{id}", status_code=204, responses=refuses(404, 409, 503))
def remove_segment(database: Db, segment_id: Id) -> Response:
    """Delete a segment that no campaign uses."""
    database.transact(lambda session: delete_segment(session, segment_id))
    return Response(status_code=204)


@router.get("/{id}/preview", response_model=shapes.Preview, responses=refuses(404, 503))
def preview_segment(database: Db, clock: Clock, segment_id: Id) -> Answer:
    """Who matches a segment: the number, and the first 50 by e-mail."""
    with database.read() as session:
        rule = parse(get_segment(session, segment_id).definition)
        found = preview(session, rule, now=clock())
    return Answer(shapes.Preview.model_validate(found))


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: fields.get(name) for name in ("name", "description", "definition")}
