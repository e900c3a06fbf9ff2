"""Segments: saved audiences, and previews of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pipeline.api import requests, shapes
from pipeline.api.answer import Answer
from pipeline.api.body import Fields
from pipeline.api.document import refuses, takes
from pipeline.api.parameters import Clock, Db, Id, required_id
from pipeline.definitions import segment_rule
from pipeline.events.incoming import parse_moment
from pipeline.rules import parse
from pipeline.segments import (
    create_segment,
    delete_segment,
    get_segment,
    list_segments,
    preview,
    sizes,
    update_segment,
)
from pipeline.segments.explanations import counts, explain
from pipeline.segments.warnings import rule_warnings

router = APIRouter(prefix="/segments", tags=["Segments"])


@router.post(
    "",
    status_code=201,
    response_model=shapes.SegmentId,
    responses=refuses(400, 409, 413, 503),
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
    responses=refuses(400, 409, 413, 503),
    openapi_extra=takes(requests.Unsaved),
)
def preview_definition(database: Db, clock: Clock, fields: Fields) -> Answer:
    """Who matches a definition that is not saved: the number, and the first 50 by e-mail."""
    rule, now = parse(fields.get("definition")), _as_of(fields, clock)
    with database.answer() as session:
        found = preview(session, rule, now=now)
    return Answer(shapes.Preview.model_validate(found))


@router.post(
    "/explain",
    response_model=shapes.Explained,
    responses=refuses(400, 404, 409, 413, 503),
    openapi_extra=takes(requests.Membership),
)
def explain_membership(database: Db, clock: Clock, fields: Fields) -> Answer:
    """Why a customer matches a definition, or does not, node by node."""
    rule, now = parse(fields.get("definition")), _as_of(fields, clock)
    customer_id = required_id(fields, "customerId")
    with database.answer() as session:
        found = explain(session, rule, customer_id, now=now)
    return Answer(shapes.Explained.model_validate(found))


@router.post(
    "/counts",
    response_model=shapes.NodeCounts,
    responses=refuses(400, 409, 413, 503),
    openapi_extra=takes(requests.Unsaved),
)
def count_nodes(database: Db, clock: Clock, fields: Fields) -> Answer:
    """How many customers match each node of a definition alone."""
    rule, now = parse(fields.get("definition")), _as_of(fields, clock)
    with database.answer() as session:
        found = counts(session, rule, now=now)
    return Answer(shapes.NodeCounts(counts=found))


@router.post(
    "/sizes",
    response_model=shapes.Sizes,
    responses=refuses(400, 409, 413, 503),
    openapi_extra=takes(requests.History),
)
def audience_sizes(database: Db, clock: Clock, fields: Fields) -> Answer:
    """How many customers matched a definition on each of the last days, as of then."""
    rule = parse(fields.get("definition"))
    with database.answer() as session:
        found = sizes(session, rule, fields.get("days"), now=clock())
    return Answer(shapes.Sizes(sizes=found))


@router.post(
    "/warnings",
    response_model=shapes.Warnings,
    responses=refuses(400, 409, 413, 503),
    openapi_extra=takes(requests.Unchecked),
)
def warn_about_definition(database: Db, clock: Clock, fields: Fields) -> Answer:
    """What is odd about a definition: names never seen, times without events, no way to match."""
    rule = parse(fields.get("definition"))
    with database.answer() as session:
        found = rule_warnings(session, rule, now=clock())
    return Answer(shapes.Warnings(warnings=found))


@router.get("/{id}", response_model=shapes.SegmentFound, responses=refuses(404, 503))
def show_segment(database: Db, segment_id: Id) -> Answer:
    """One segment."""
    with database.read() as session:
        segment = get_segment(session, segment_id)
    return Answer(shapes.SegmentFound(segment=segment))


@router.put(
    "/{id}",
    response_model=shapes.SegmentFound,
    responses=refuses(400, 404, 409, 413, 503),
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
    """Delete a segment that no campaign and no other segment uses."""
    database.transact(lambda session: delete_segment(session, segment_id))
    return Response(status_code=204)


@router.get("/{id}/preview", response_model=shapes.Preview, responses=refuses(404, 409, 503))
def preview_segment(database: Db, clock: Clock, segment_id: Id) -> Answer:
    """Who matches a segment: the number, and the first 50 by e-mail."""
    with database.answer() as session:
        rule = segment_rule(get_segment(session, segment_id))
        found = preview(session, rule, now=clock())
    return Answer(shapes.Preview.model_validate(found))


def _as_of(fields: Mapping[str, object], clock: Callable[[], datetime]) -> datetime:
    value = fields.get("asOf")
    return clock() if value is None else parse_moment(value, "asOf")


def _given(fields: Mapping[str, object]) -> dict[str, Any]:
    return {name: fields.get(name) for name in ("name", "description", "definition")}
