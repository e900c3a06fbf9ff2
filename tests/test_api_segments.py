import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from factories import BUYERS, NOW, TICK, ago, bought, buyers, did
from rest import AN_ID, NO_IDS, NOBODY, NOW_TEXT, answer, get, post, post_text, stop_clock
from starlette.testclient import TestClient

from pipeline.database import Database
from pipeline.models import Segment

SEGMENTS, PREVIEW = "/api/segments", "/api/segments/preview"


def did_type(**fields: object) -> dict[str, object]:
    return {**BUYERS, **fields}


def with_property(**fields: object) -> dict[str, object]:
    where = {"kind": "event_property_equals", "path": "plan", "value": "pro"}
    return {**BUYERS, **where, **fields}


def counted(**fields: object) -> dict[str, object]:
    return {**BUYERS, "kind": "event_count_gte_in_last_days", "minCount": 2, **fields}


def create(api: TestClient, **fields: object) -> str:
    """The id of a new segment."""
    status, body = post(api, SEGMENTS, {"name": "Buyers", "definition": BUYERS, **fields})
    assert (status, body) == (201, {"segmentId": AN_ID})
    return str(body["segmentId"])


def put(api: TestClient, segment_id: str, body: Any) -> tuple[int, Any]:
    return answer(api.put(f"{SEGMENTS}/{segment_id}", json=body))


def matching(api: TestClient, definition: Any) -> list[str]:
    """The addresses in the preview of a definition, which is the same when it is saved."""
    status, unsaved = post(api, PREVIEW, {"definition": definition})
    assert status == 200
    assert unsaved["count"] == len(unsaved["customers"])
    saved = get(api, f"{SEGMENTS}/{create(api, definition=definition)}/preview")
    assert saved == (200, unsaved)
    return [customer["email"] for customer in unsaved["customers"]]


# ------------------------------------------------------------------------------------------- saved
def test_a_segment_is_saved_and_shown(api: TestClient) -> None:
    segment_id = create(api, name=" Buyers\t", description=" Who bought. ", id="x")
    segment = {
        "id": segment_id,
        "name": "Buyers",
        "description": "Who bought.",
        "definition": BUYERS,
        "createdAt": NOW_TEXT,
        "updatedAt": NOW_TEXT,
    }
    assert get(api, f"{SEGMENTS}/{segment_id}") == (200, {"segment": segment})
    del segment["definition"], segment["createdAt"]
    assert get(api, SEGMENTS) == (200, {"segments": [segment]})


@pytest.mark.parametrize("description", [None, "", " \n", 7, True, [], {"a": 1}])
def test_a_description_that_says_nothing_is_null(api: TestClient, description: object) -> None:
    segment_id = create(api, description=description)
    _, body = get(api, f"{SEGMENTS}/{segment_id}")
    assert body["segment"]["description"] is None
    _, replaced = put(api, segment_id, {"name": "a", "description": "b", "definition": BUYERS})
    assert replaced["segment"]["description"] == "b"
    _, replaced = put(api, segment_id, {"name": "a", "definition": BUYERS})
    assert replaced["segment"]["description"] is None


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (did_type(eventType=" purchase ", days=7.0, extra=1), did_type(days=7)),
        (did_type(days=1), did_type(days=1)),
        (did_type(days=3650), did_type(days=3650)),
        (with_property(path=" plan ", value=" pro "), with_property(value=" pro ")),
        (with_property(value=""), with_property(value="")),
        (counted(minCount=1.0, path="x"), counted(minCount=1)),
    ],
)
def test_a_definition_is_stored_clean(
    api: TestClient, given: dict[str, object], stored: dict[str, object]
) -> None:
    _, body = get(api, f"{SEGMENTS}/{create(api, definition=given)}")
    assert body["segment"]["definition"] == stored
    assert type(body["segment"]["definition"]["days"]) is int


def test_names_may_repeat(api: TestClient) -> None:
    assert create(api) != create(api)


def test_segments_are_listed_last_updated_first(api: TestClient) -> None:
    stop_clock(ago(days=2))
    first = create(api, name="first")
    stop_clock(ago(days=1))
    create(api, name="second")
    stop_clock(NOW)
    status, body = put(api, first, {"name": "renamed", "definition": counted()})
    assert (status, body) == (
        200,
        {
            "segment": {
                "id": first,
                "name": "renamed",
                "description": None,
                "definition": counted(),
                "createdAt": "2026-06-13T12:00:00.000Z",
                "updatedAt": NOW_TEXT,
            }
        },
    )
    listed = [segment["name"] for segment in get(api, SEGMENTS)[1]["segments"]]
    assert listed == ["renamed", "second"]


NO_NAME = "Segment name is required"
NO_OBJECT = "Definition must be a JSON object"

#: What is wrong with a name, and with the definition too.
NAMES: list[tuple[Any, str]] = [
    *(({"name": wrong}, NO_NAME) for wrong in [None, "", " \n", 7, True, ["a"], {}]),
    ([], NO_NAME),
    ("Buyers", NO_NAME),
    ({"name": "x" * 201}, "name must be at most 200 characters"),
    ({"name": "a\0b"}, "name must not contain NUL characters"),
    (
        {"name": "a", "description": "x" * 2001},
        "description must be at most 2000 characters",
    ),
    ({"name": "a", "description": "\0"}, "description must not contain NUL characters"),
]

NO_TYPE = "eventType must be a non-empty string"
NO_DAYS = "days must be a positive integer"
NO_PATH = "path must be a non-empty string"
NO_VALUE = "value must be a string"
NO_COUNT = "minCount must be a positive integer"
NO_INTEGERS: list[Any] = [None, "7", True, 0, -1, 7.5, [], {}]
NO_TEXTS: list[Any] = [None, "", " \t", 7, True, []]

#: In the contract's order; what fails a check fails later ones too, where it can.
DEFINITIONS: list[tuple[Any, str]] = [
    *((wrong, NO_OBJECT) for wrong in [None, [], [BUYERS], "x", 7, True]),
    *(
        (did_type(kind=wrong, days=0), "Definition must have a 'kind' field")
        for wrong in [None, 7, True, ["x"], {}]
    ),
    ({}, "Definition must have a 'kind' field"),
    ({"kind": "x"}, "Unknown definition kind: 'x'"),
    ({"kind": ""}, "Unknown definition kind: ''"),
    ({"kind": "EVENT_TYPE_IN_LAST_DAYS"}, "Unknown definition kind: 'EVENT_TYPE_IN_LAST_DAYS'"),
    ({"kind": "a\0'b"}, "Unknown definition kind: 'a\0'b'"),
    *((did_type(eventType=wrong, days=0), NO_TYPE) for wrong in NO_TEXTS),
    *((did_type(days=wrong), NO_DAYS) for wrong in NO_INTEGERS),
    (did_type(days=3651), "days must be at most 3650"),
    (did_type(days=10**300), "days must be at most 3650"),
    (did_type(eventType="a\0"), "eventType must not contain NUL characters"),
    ({"kind": "event_property_equals"}, NO_TYPE),
    (with_property(eventType="", path="", value=0, days=0), NO_TYPE),
    *((with_property(path=wrong, value=0, days=0), NO_PATH) for wrong in NO_TEXTS),
    *((with_property(value=wrong, days=0), NO_VALUE) for wrong in [None, 7, True, [], {}]),
    *((with_property(days=wrong), NO_DAYS) for wrong in NO_INTEGERS),
    (with_property(value="\0"), "value must not contain NUL characters"),
    (counted(eventType="", days=0, minCount=0), NO_TYPE),
    *((counted(days=wrong, minCount=0), NO_DAYS) for wrong in NO_INTEGERS),
    *((counted(minCount=wrong), NO_COUNT) for wrong in NO_INTEGERS),
    (counted(minCount=10**10), "minCount must be at most 1000000000"),
]


def test_what_cannot_be_saved_is_refused_in_the_contracts_order_and_words(
    api: TestClient,
) -> None:
    segment_id, wrong = create(api), []
    named = [({"name": "a", "definition": given}, text) for given, text in DEFINITIONS]
    for body, sentence in NAMES + named:
        answers = (post(api, SEGMENTS, body), put(api, segment_id, body))
        wrong += [(body, sentence, found) for found in answers if found != (400, sentence)]
    assert wrong == []
    assert len(get(api, SEGMENTS)[1]["segments"]) == 1


def test_a_definition_that_is_not_saved_is_refused_in_the_same_words(api: TestClient) -> None:
    found = {repr(given): post(api, PREVIEW, {"definition": given}) for given, _ in DEFINITIONS}
    assert found == {repr(given): (400, sentence) for given, sentence in DEFINITIONS}
    for body in ([], "x", 7, {}, BUYERS):
        assert post(api, PREVIEW, body) == (400, NO_OBJECT)


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ('{"kind": "\\ud800"}', "Unknown definition kind: '?'"),
        (
            '{"kind": "event_type_in_last_days", "eventType": "\\ud800", "days": 1}',
            "eventType must not contain lone surrogates",
        ),
        *(
            (f'{{"kind": "event_type_in_last_days", "eventType": "a", "days": {days}}}', NO_DAYS)
            for days in ["NaN", "Infinity", "-Infinity", "1e400", "1.00000000000000000001"]
        ),
    ],
)
def test_odd_texts_and_numbers_in_a_definition_are_refused(
    api: TestClient, definition: str, sentence: str
) -> None:
    assert post_text(api, PREVIEW, f'{{"definition": {definition}}}') == (400, sentence)


def test_a_segment_is_deleted_unless_a_campaign_uses_it(api: TestClient) -> None:
    used, unused = create(api), create(api)
    assert post(api, "/api/campaigns", {"name": "a", "segmentId": used})[0] == 201
    assert answer(api.delete(f"{SEGMENTS}/{unused}")) == (204, None)
    assert answer(api.delete(f"{SEGMENTS}/{unused}")) == (404, "Segment not found")
    assert answer(api.delete(f"{SEGMENTS}/{used}")) == (
        409,
        "Segment is used by a campaign and cannot be deleted",
    )
    assert get(api, f"{SEGMENTS}/{used}")[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "/{id}"),
        *(("POST", f"/{asked}") for asked in ("preview", "counts", "sizes", "warnings", "explain")),
    ],
)
def test_a_reference_to_a_rule_that_cannot_be_read_is_a_conflict_as_the_document_says(
    api: TestClient, database: Database, method: str, path: str
) -> None:
    customer_id = bought(database, "ada@example.com")
    kept, unreadable = create(api), create(api)
    change = sa.update(Segment).where(Segment.id == uuid.UUID(unreadable))
    with database.begin() as session:
        session.execute(change.values(definition={"kind": "x"}))
    body = {
        "name": "Members",
        "definition": {"kind": "segment", "segmentId": unreadable},
        "customerId": str(customer_id),
        "days": 1,
    }
    url = f"{SEGMENTS}{path.format(id=kept)}"
    status, sentence = answer(api.request(method, url, json=body))
    assert status == 409
    assert sentence.startswith("The rule of the segment 'Buyers' cannot be read")
    documented = get(api, "/api/openapi.json")[1]["paths"][f"/segments{path}"]
    assert "409" in documented[method.lower()]["responses"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/preview"), ("DELETE", ""), ("PUT", "")]
)
def test_a_segment_nobody_knows_is_not_found(api: TestClient, method: str, path: str) -> None:
    body = {"name": "a", "definition": BUYERS}
    for segment_id in NO_IDS:
        response = api.request(method, f"{SEGMENTS}/{segment_id}{path}", json=body)
        assert (segment_id, *answer(response)) == (segment_id, 404, "Segment not found")


@pytest.mark.parametrize("segment_id", [NOBODY, "x"])
def test_what_is_wrong_with_the_fields_is_said_before_that_there_is_no_such_segment(
    api: TestClient, segment_id: str
) -> None:
    assert put(api, segment_id, {}) == (400, NO_NAME)
    assert put(api, segment_id, {"name": "a"}) == (400, NO_OBJECT)


# ---------------------------------------------------------------------------------------- previews
def test_a_preview_counts_everybody_and_shows_the_first_50_by_email(
    api: TestClient, database: Database
) -> None:
    emails = buyers(database, 51)
    status, body = post(api, PREVIEW, {"definition": BUYERS})
    assert (status, body["count"]) == (200, 51)
    assert body["customers"] == [{"id": AN_ID, "email": email} for email in emails[:50]]
    assert get(api, f"{SEGMENTS}/{create(api)}/preview") == (200, body)


def test_nobody_matches_in_an_empty_database(api: TestClient) -> None:
    for definition in (did_type(), with_property(), counted()):
        assert matching(api, definition) == []


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_a_window_begins_exactly_so_many_days_of_24_hours_ago(
    api: TestClient, database: Database, days: int
) -> None:
    for email, at in [
        ("edge@x.co", ago(days=days)),
        ("late@x.co", ago(days=days) - TICK),
        ("now@x.co", NOW),
        ("soon@x.co", ago(minutes=-5)),
    ]:
        for _ in range(2):
            did(database, email, "purchase", at, {"plan": "pro"})
    for definition in (did_type(days=days), with_property(days=days), counted(days=days)):
        assert matching(api, definition) == ["edge@x.co", "now@x.co"]


def test_an_event_type_matches_exactly(api: TestClient, database: Database) -> None:
    for event_type in ("purchase", "Purchase", "purchases", "purchase x"):
        did(database, f"{event_type.replace(' ', '-')}@x.co".lower(), event_type)
    did(database, "upper@x.co", "Purchase")
    assert matching(api, did_type(eventType=" purchase ")) == ["purchase@x.co"]
    assert matching(api, did_type(eventType="PURCHASE")) == []
    assert matching(api, did_type(eventType="%")) == []


def test_a_count_is_that_of_events_of_the_type_in_the_window(
    api: TestClient, database: Database
) -> None:
    for email, moments in {
        "one@x.co": [NOW],
        "two@x.co": [NOW, ago(days=30)],
        "late@x.co": [NOW, ago(days=30) - TICK],
        "three@x.co": [NOW, NOW, NOW],
    }.items():
        for at in moments:
            bought(database, email, at)
    did(database, "one@x.co", "login")
    assert matching(api, counted(minCount=1)) == ["late@x.co", "one@x.co", "three@x.co", "two@x.co"]
    assert matching(api, counted(minCount=2)) == ["three@x.co", "two@x.co"]
    assert matching(api, counted(minCount=3)) == ["three@x.co"]
    assert matching(api, counted(minCount=4)) == []


@pytest.mark.parametrize(
    ("properties", "path", "value", "matches"),
    [
        ({"plan": "pro"}, "plan", "pro", True),
        ({"plan": "pro"}, " plan ", "pro", True),
        ({"plan": "Pro"}, "plan", "pro", False),
        ({"Plan": "pro"}, "plan", "pro", False),
        ({"plan": " pro"}, "plan", "pro", False),
        ({"plan": " pro"}, "plan", " pro", True),
        ({"plan": 42}, "plan", "42", False),
        ({"plan": "42"}, "plan", "42", True),
        ({"plan": True}, "plan", "true", False),
        ({"plan": None}, "plan", "null", False),
        ({"plan": ["pro"]}, "plan", "pro", False),
        ({"plan": ["pro"]}, "plan", '["pro"]', False),
        ({"plan": {"a": 1}}, "plan", '{"a":1}', False),
        ({"plan": ""}, "plan", "", True),
        ({}, "plan", "", False),
        ({"a.b": "x"}, "a.b", "x", True),
        ({"a": {"b": "x"}}, "a.b", "x", False),
        ({"a": {"b": "x"}}, "b", "x", False),
        ({"$.a": "x"}, "$.a", "x", True),
        ({"a": "x"}, "$.a", "x", False),
        ({'"q"': "x"}, '"q"', "x", True),
        ({"a'b": "o'x"}, "a'b", "o'x", True),
        ({"0": "x"}, "0", "x", True),
        ({"größe": "𝄞"}, "größe", "𝄞", True),
        ({"a": "\\u0041"}, "a", "A", False),
    ],
)
def test_a_property_is_a_top_level_string_that_is_exactly_the_value(
    api: TestClient,
    database: Database,
    properties: dict[str, object],
    path: str,
    value: str,
    matches: bool,
) -> None:
    did(database, "ada@x.co", "purchase", NOW, properties)
    did(database, "eve@x.co", "login", NOW, properties)
    found = matching(api, with_property(path=path, value=value))
    assert found == (["ada@x.co"] if matches else [])


def test_a_question_that_takes_too_long_is_refused(
    api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.database.patience.PATIENCE_S", 0.001)
    monkeypatch.setattr("pipeline.database.patience._STEPS", 1)
    many = [did_type(eventType=f"type {number}") for number in range(40)]
    status, sentence = post(api, PREVIEW, {"definition": {"kind": "any", "rules": many}})
    assert status == 503
    assert sentence.startswith("The answer takes longer than")
