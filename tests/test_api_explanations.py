"""The rule language over HTTP: as of any moment, explained, counted, over time, warned about."""

import json
from typing import Any

import pytest
from factories import BUYERS, NOW, ago, bought, did
from rest import AN_ID, NO_IDS, NOW_TEXT, get, post, post_text
from starlette.testclient import TestClient

from pipeline.database import Database
from pipeline.ids import customer_id
from tests.language import A_SEGMENT, all_of, event, not_, times, value

SEGMENTS = "/api/segments"
PREVIEW, EXPLAIN, COUNTS = f"{SEGMENTS}/preview", f"{SEGMENTS}/explain", f"{SEGMENTS}/counts"
SIZES, WARNINGS = f"{SEGMENTS}/sizes", f"{SEGMENTS}/warnings"
LAPSED = all_of(event(), not_(event("login", window={"lastDays": 30})))
BAD_DEFINITIONS: list[tuple[Any, str]] = [
    (None, "Definition must be a JSON object"),
    ({}, "Definition must have a 'kind' field"),
    ({"kind": "x"}, "Unknown definition kind: 'x'"),
    (all_of(BUYERS, not_(event(window={"lastDays": 0}))),
     "rules[1].rule.window.lastDays must be a positive integer"),
    (all_of({"kind": "segment", "segmentId": A_SEGMENT}),
     "rules[0].segmentId must be the id of a segment"),
]  # fmt: skip


# ----------------------------------------------------------------------------------------- as of
def test_a_preview_as_of_a_moment_is_the_answer_of_then(
    api: TestClient, database: Database
) -> None:
    bought(database, "ada@x.co", ago(days=40))
    bought(database, "bob@x.co", ago(days=3))
    for as_of, emails in {
        None: ["bob@x.co"],
        "2026-06-15T12:00:00Z": ["bob@x.co"],
        "2026-05-20": ["ada@x.co"],
        "2026-05-06T14:00:00+02:00": ["ada@x.co"],
        "2026-05-06T14:00:00+02:01": [],
        "1970-01-01": [],
        "2030-01-01T00:00:00Z": [],  # what will be if nothing more happens
        "9999-12-31T23:59:59.999999Z": [],
    }.items():
        status, body = post(api, PREVIEW, {"definition": BUYERS, "asOf": as_of})
        assert (status, body["count"]) == (200, len(emails))
        assert [each["email"] for each in body["customers"]] == emails


@pytest.mark.parametrize(
    "as_of", ["", "yesterday", "2026-02-30", "1969-12-31", 5, True, [], {}, "2026-06-15T25:00:00Z"]
)
@pytest.mark.parametrize("path", [PREVIEW, EXPLAIN, COUNTS])
def test_a_moment_must_be_one(api: TestClient, path: str, as_of: object) -> None:
    body = {"definition": BUYERS, "asOf": as_of, "customerId": A_SEGMENT}
    assert post(api, path, body) == (400, "Invalid asOf date format")


@pytest.mark.parametrize(
    ("definition", "sentence"), BAD_DEFINITIONS, ids=lambda part: str(part)[:40]
)
@pytest.mark.parametrize("path", [SEGMENTS, PREVIEW, EXPLAIN, COUNTS, SIZES, WARNINGS])
def test_a_definition_that_does_not_fit_is_refused_everywhere(
    api: TestClient, database: Database, path: str, definition: Any, sentence: str
) -> None:
    ada = str(bought(database, "ada@x.co"))
    body = {"name": "A", "definition": definition, "customerId": ada, "days": 3}
    assert post(api, path, body) == (400, sentence)


# ---------------------------------------------------------------------------------------- explain
def test_an_explanation_names_every_node_with_its_evidence(
    api: TestClient, database: Database
) -> None:
    did(database, "ada@x.co", "purchase", ago(days=2), {"total": 5})
    did(database, "ada@x.co", "purchase", ago(days=1), {"total": 0.1})
    ada = str(customer_id("ada@x.co"))
    spent = value("sum", "greater", 5)
    rule = all_of(spent, not_(event("login")))
    status, body = post(api, EXPLAIN, {"definition": rule, "customerId": ada})
    assert status == 200
    assert body["customer"] == {"id": ada, "email": "ada@x.co"}
    top = body["explanation"]
    assert {**top, "rules": []} == {
        "path": "",
        "kind": "all",
        "sentence": "did purchase with total adding up to more than 5 and did not login",
        "matches": True,
        "found": None,
        "rules": [],
    }
    first, second = top["rules"]
    assert {**first, "found": None, "rules": []} == {
        "path": "rules[0]",
        "kind": "event_value",
        "sentence": "did purchase with total adding up to more than 5",
        "matches": True,
        "found": None,
        "rules": [],
    }
    newest = "2026-06-14T12:00:00.000Z"
    assert {**first["found"], "events": []} == {
        "count": 2, "newestAt": newest, "value": 5.1, "events": [],
    }  # fmt: skip
    assert first["found"]["events"][0] == {
        "id": AN_ID,
        "type": "purchase",
        "properties": {"total": 0.1},
        "occurredAt": newest,
        "idempotencyKey": None,
        "createdAt": NOW_TEXT,
    }
    assert [node["path"] for node in (second, *second["rules"])] == ["rules[1]", "rules[1].rule"]
    assert [node["matches"] for node in (second, *second["rules"])] == [True, False]


def test_an_explanation_can_be_as_of_a_moment(api: TestClient, database: Database) -> None:
    ada = str(bought(database, "ada@x.co", ago(days=5)))
    for as_of, matches in [("2026-06-09", False), ("2026-06-11", True), (None, True)]:
        asked = {"definition": BUYERS, "customerId": ada, "asOf": as_of}
        _, body = post(api, EXPLAIN, asked)
        assert body["explanation"]["matches"] is matches


@pytest.mark.parametrize("unknown", NO_IDS)
def test_an_unknown_customer_is_not_found(api: TestClient, unknown: str) -> None:
    body = {"definition": BUYERS, "customerId": unknown}
    assert post(api, EXPLAIN, body) == (404, "Customer not found")


@pytest.mark.parametrize("nobody", [None, "", "  ", 5, True, [], {}])
def test_a_customer_has_to_be_named(api: TestClient, nobody: object) -> None:
    body = {"definition": BUYERS, "customerId": nobody}
    assert post(api, EXPLAIN, body) == (400, "customerId is required")


# ------------------------------------------------------------------------- counts, sizes, warnings
def test_counts_show_each_node_alone(api: TestClient, database: Database) -> None:
    bought(database, "ada@x.co", ago(days=1))
    did(database, "bob@x.co", "login", ago(days=1))
    assert post(api, COUNTS, {"definition": LAPSED}) == (
        200,
        {
            "counts": [
                {"path": path, "kind": kind, "sentence": sentence, "count": 1}
                for path, kind, sentence in [
                    ("", "all", "did purchase and did not login in the last 30 days"),
                    ("rules[0]", "event", "did purchase"),
                    ("rules[1]", "not", "did not login in the last 30 days"),
                    ("rules[1].rule", "event", "did login in the last 30 days"),
                ]
            ]
        },
    )
    _, early = post(api, COUNTS, {"definition": LAPSED, "asOf": "2026-06-01"})
    assert [node["count"] for node in early["counts"]] == [0, 0, 0, 0]


def test_sizes_are_given_for_each_of_the_last_days(api: TestClient, database: Database) -> None:
    bought(database, "ada@x.co", ago(hours=30))
    assert post(api, SIZES, {"definition": BUYERS, "days": 3}) == (
        200,
        {
            "sizes": [
                {"at": "2026-06-13T12:00:00.000Z", "count": 0},
                {"at": "2026-06-14T12:00:00.000Z", "count": 1},
                {"at": NOW_TEXT, "count": 1},
            ]
        },
    )
    for days, sentence in [
        (None, "a positive integer"),
        (0, "a positive integer"),
        (367, "at most 366"),
    ]:
        refusal = post(api, SIZES, {"definition": BUYERS, "days": days})
        assert refusal == (400, f"days must be {sentence}")


def test_warnings_come_with_the_path_to_what_they_are_about(
    api: TestClient, database: Database
) -> None:
    bought(database, "ada@x.co")
    asked = all_of(event("purchas"), event(count=times("less", 0)))
    assert post(api, WARNINGS, {"definition": asked}) == (
        200,
        {
            "warnings": [
                {
                    "path": "",
                    "message": "Whatever happened, nobody can be among the customers who"
                    " did purchas and did purchase fewer than 0 times",
                },
                {
                    "path": "rules[0]",
                    "message": 'No event of the type "purchas" has been seen;'
                    ' did you mean "purchase"?',
                },
                {
                    "path": "rules[1]",
                    "message": "Whatever happened, nobody can be among the customers who"
                    " did purchase fewer than 0 times",
                },
            ]
        },
    )
    assert post(api, WARNINGS, {"definition": event()}) == (200, {"warnings": []})


# ------------------------------------------------------------------------------------------- saved
def test_a_compound_segment_is_saved_and_followed(api: TestClient, database: Database) -> None:
    bought(database, "ada@x.co")
    did(database, "bob@x.co", "login")
    _, saved = post(api, SEGMENTS, {"name": "Lapsed", "definition": LAPSED})
    _, shown = get(api, f"{SEGMENTS}/{saved['segmentId']}")
    clean = shown["segment"]["definition"]
    assert clean["rules"][0] == event(filters=[], window=None, count=times("greater_or_equal", 1))
    others = not_({"kind": "segment", "segmentId": saved["segmentId"]})
    _, found = post(api, PREVIEW, {"definition": others})
    assert [each["email"] for each in found["customers"]] == ["bob@x.co"]
    _, user = post(api, SEGMENTS, {"name": "Others", "definition": others})
    used = f"{SEGMENTS}/{saved['segmentId']}"
    refused = api.delete(used)
    assert (refused.status_code, refused.json()) == (
        409,
        {"error": "Segment is used by another segment and cannot be deleted"},
    )
    circle = {"name": "Lapsed", "definition": {"kind": "segment", "segmentId": user["segmentId"]}}
    refused = api.put(used, json=circle)
    assert refused.json() == {"error": "segmentId must not lead back to the segment itself"}


def test_numbers_in_definitions_are_kept_exactly(api: TestClient, database: Database) -> None:
    did(database, "ada@x.co", "purchase", NOW, {"total": 1})
    asked = value("sum", "less", 0.25)
    text = json.dumps(asked).replace("0.25", "1.0000000000000000001")
    status, found = post_text(api, PREVIEW, f'{{"definition":{text}}}')
    assert (status, found["count"]) == (200, 1)
    _, saved = post_text(api, SEGMENTS, f'{{"name":"A","definition":{text}}}')
    shown = api.get(f"{SEGMENTS}/{saved['segmentId']}").text
    assert '"value":1.0000000000000000001' in shown
