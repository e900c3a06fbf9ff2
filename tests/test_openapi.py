"""The OpenAPI document is the contract, and 2,000 odd requests get no answer that is not in it."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
import simplejson
from factories import BUYERS
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from rest import NO_IDS, answer, get, post
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from starlette.testclient import TestClient

from pipeline.api import app

SCHEMA = schemathesis.openapi.from_asgi("/api/openapi.json", app)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]

ROUTES = """
    POST /api/events
    POST /api/events/batch
    GET /api/customers
    GET /api/customers/{id}
    DELETE /api/customers/{id}
    POST /api/segments
    GET /api/segments
    GET /api/segments/{id}
    PUT /api/segments/{id}
    DELETE /api/segments/{id}
    GET /api/segments/{id}/preview
    POST /api/segments/preview
    POST /api/segments/explain
    POST /api/segments/counts
    POST /api/segments/sizes
    POST /api/segments/warnings
    POST /api/smart-generate/segment
    POST /api/smart-draft/email
    POST /api/campaigns
    GET /api/campaigns
    GET /api/campaigns/{id}
    POST /api/campaigns/{id}/generate-drafts
    PATCH /api/campaigns/{id}/drafts/{draftId}
    POST /api/campaigns/{id}/send
    GET /api/health
"""

REFUSALS = {"400", "403", "404", "409", "413", "500", "502", "503"}

only_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


@pytest.fixture
def document(api: TestClient) -> dict[str, Any]:
    status, document = get(api, "/api/openapi.json")
    assert status == 200
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """`GET /api/…`, and what the document says of it."""
    (server,) = document["servers"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {server['url']}{path}", operation


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


# ---------------------------------------------------------------------------------------- document
@only_sqlite
def test_every_route_of_the_contract_is_in_the_document_and_no_other(
    document: dict[str, Any],
) -> None:
    assert sorted(route for route, _ in operations(document)) == sorted(
        line.strip() for line in ROUTES.splitlines() if line.strip()
    )


@only_sqlite
def test_every_refusal_in_the_document_is_one_sentence(document: dict[str, Any]) -> None:
    for route, operation in operations(document):
        refusals = {code: said for code, said in operation["responses"].items() if code >= "4"}
        assert {"500"} < set(refusals) <= REFUSALS, route
        for said in refusals.values():
            schema = said["content"]["application/json"]["schema"]
            assert resolved(document, schema)["required"] == ["error"]


@only_sqlite
def test_what_pages_of_other_sites_are_refused_is_in_the_document(
    api: TestClient, document: dict[str, Any]
) -> None:
    for route, operation in operations(document):
        method, path = route.split()
        asked = api.request(method, path, headers={"Origin": "https://other.example"})
        assert ("403" in operation["responses"]) == (asked.status_code == 403), route


@only_sqlite
def test_the_document_names_the_idempotency_key(document: dict[str, Any]) -> None:
    events = dict(operations(document))["POST /api/events"]
    assert [(p["name"], p["in"], p["required"]) for p in events["parameters"]] == [
        ("Idempotency-Key", "header", False)
    ]


@only_sqlite
def test_what_the_document_gives_as_examples_works(
    api: TestClient, document: dict[str, Any]
) -> None:
    worked = {}
    for route, operation in operations(document):
        method, path = route.split()
        if "requestBody" in operation and "{" not in path:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            for example in resolved(document, schema).get("examples", ()):
                worked[path] = answer(api.request(method, path, json=example))[0]
    assert worked == {
        "/api/events": 201,
        "/api/events/batch": 200,
        "/api/segments": 201,
        "/api/segments/preview": 200,
        "/api/segments/explain": 404,  # its customer is not there
        "/api/segments/counts": 200,
        "/api/segments/sizes": 200,
        "/api/segments/warnings": 200,
        "/api/smart-generate/segment": 200,
        "/api/smart-draft/email": 200,
        "/api/campaigns": 404,  # its segment is not there
    }


@only_sqlite
@pytest.mark.parametrize(
    ("body", "field", "longest"),
    [
        ("NewSegment", "description", 2000),
        ("NewCampaign", "description", 2000),
        ("EmailFacts", "recentEventType", 200),
        ("EmailFacts", "recommendedSku", 200),
    ],
)
def test_where_anything_but_a_string_counts_as_absent_the_document_allows_it(
    document: dict[str, Any], body: str, field: str, longest: int
) -> None:
    schema = document["components"]["schemas"][body]
    said = schema["properties"][field]
    assert not {"type", "anyOf"} & set(said)
    assert (said["maxLength"], field in schema["required"]) == (longest, False)


@only_sqlite
def test_the_documents_page_is_served(api: TestClient) -> None:
    page = api.get("/api/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/api/openapi.json" in page.text
    assert api.get("/api").url.path == "/api/docs"


@only_sqlite
def test_the_documents_page_asks_no_other_server_for_anything(api: TestClient) -> None:
    page = api.get("/api/docs").text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(files) == 3
    for file in files:
        assert api.get(file).status_code == 200
    assert "://" not in page


# --------------------------------------------------------------------- requests from the document
@only_sqlite
@SCHEMA.parametrize()
@settings(
    max_examples=40,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_requests_made_from_the_document_are_answered_as_it_says(
    case: schemathesis.Case, api: TestClient
) -> None:
    # A text of the right length and pattern can have NUL in it, and a batch takes the good ones.
    partly = [negative_data_rejection] if case.path == "/events/batch" else []
    case.call_and_validate(excluded_checks=[positive_data_acceptance, *partly])


# -------------------------------------------------------------------------------- hostile requests
def raw(*texts: str) -> st.SearchStrategy[Any]:
    """JSON as it is written here."""
    return st.sampled_from([simplejson.RawJSON(text) for text in texts])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-5, 5),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.text("\0\ud800\udfff \t'\"\\%$.@é𝄞a", max_size=8),
    st.sampled_from(["x" * 201, "a" * 300, "a@b.co", "approved", "2026-06-15T12:00:00Z", *NO_IDS]),
    raw("1e400", "-1e400", "1e-400", "1e99999999999999999999", "9" * 5000, "-0", "1.0e0"),
    raw("0.1234567890123456789", "12345678901234567890", '"\\ud800"', '"\\u0000"', "NaN"),
    raw("[" * 33 + "]" * 33, "[" * 500 + "]" * 500, "[" * 100_000 + "]" * 100_000),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PARTS = st.text("\0\x7f/%.é𝄞'\" ab-0123456789{}", max_size=40).map(
    lambda t: quote(t, safe="").replace(".", "%2e")
)


# Made once: a strategy takes longer to be made and checked than to be drawn from.
IS_ODD = st.sampled_from([False, False, False, True])
KINDS = st.sampled_from(["fields"] * 6 + ["value", "bytes"])
BYTES = st.binary(max_size=50) | st.just(b'"\xff"') | st.just(b"[" * 100_000)
QUERIES = st.dictionaries(st.sampled_from(["limit", "cursor", "search"]), PARTS)
KEYS = st.sampled_from(["", "k", "K", "é", "'", "k" * 256]).map(str.encode)


@st.composite
def bodies(draw: st.DrawFn, example: Any) -> bytes:
    """The example with some of its fields gone or odd; or anything else."""
    kind = draw(KINDS)
    if kind == "bytes":
        return draw(BYTES)
    body = draw(odd(example)) if kind == "fields" else draw(VALUES)
    return simplejson.dumps(body, allow_nan=True).encode()


@st.composite
def odd(draw: st.DrawFn, example: Any) -> Any:
    if isinstance(example, list):
        return draw(st.lists(odd(example[0]), max_size=4))
    if not isinstance(example, dict):
        return draw(VALUES) if draw(IS_ODD) else example
    given = {name: draw(odd(value)) for name, value in example.items()}
    for name in draw(
        st.sets(st.sampled_from(sorted(example)), max_size=1) if example else st.just(())
    ):
        if draw(st.booleans()):
            del given[name]
    return given


EVENT = {
    "email": "ada@example.com",
    "type": "purchase",
    "properties": {"sku": "MUG", "n": 1},
    "occurredAt": "2026-06-15T12:00:00Z",
}
PROPERTY = {**BUYERS, "kind": "event_property_equals", "path": "sku", "value": "MUG"}
COUNT = {**BUYERS, "kind": "event_count_gte_in_last_days", "minCount": 1}
FILTER = {"path": ["items", 0, "sku"], "op": "in", "value": ["MUG", 1, True]}
SUCH = {"eventType": "purchase", "filters": [FILTER], "window": {"lastDays": 30}}
LANGUAGE = {
    "kind": "all",
    "rules": [
        {"kind": "event", **SUCH, "count": {"op": "less", "value": 3}},
        {
            "kind": "any",
            "rules": [
                {"kind": "first_seen", "window": {"between": ["2026-06-01", "2026-07-01"]}},
                {"kind": "last_seen", "window": {"olderThanDays": 7}},
                {"kind": "email", "op": "ends_with", "value": "@example.com"},
            ],
        },
        {"kind": "not", "rule": {"kind": "segment", "segmentId": "<segments>"}},
        {
            "kind": "event_value",
            **SUCH,
            "path": "n",
            "aggregate": "avg",
            "op": "greater",
            "value": 1.5,
        },
        {
            "kind": "sequence",
            "first": {"eventType": "purchase", "filters": [FILTER]},
            "then": {"eventType": None, "filters": []},
            "withinHours": 24,
            "window": None,
            "negate": True,
        },
    ],
}
DEFINITIONS = [BUYERS, PROPERTY, COUNT, LANGUAGE, LANGUAGE]

#: A body that works for each operation that takes one.
GOOD: dict[str, list[Any]] = {
    "ingest_event": [EVENT, {**EVENT, "email": None, "customer": {"email": "eve@example.com"}}],
    "ingest_events": [{"events": [{**EVENT, "idempotencyKey": "k"}]}],
    "add_segment": [{"name": "a", "description": "b", "definition": d} for d in DEFINITIONS],
    "replace_segment": [{"name": "a", "description": "b", "definition": d} for d in DEFINITIONS],
    "preview_definition": [{"definition": d, "asOf": "2026-06-14"} for d in DEFINITIONS],
    "explain_membership": [{"definition": d, "customerId": "<customers>"} for d in DEFINITIONS],
    "count_nodes": [{"definition": d} for d in DEFINITIONS],
    "audience_sizes": [{"definition": d, "days": 3} for d in DEFINITIONS],
    "warn_about_definition": [{"definition": d} for d in DEFINITIONS],
    "generate_definition": [{"prompt": "more than 2 purchases in the last 7 days"}],
    "draft_one_email": [
        {"customerEmail": "a@b.co", "recentEventType": "purchase", "recommendedSku": "MUG"}
    ],
    "add_campaign": [{"name": "a", "description": "b", "segmentId": "<segments>"}],
    "review_campaign_draft": [{"status": "approved"}],
}


@st.composite
def paths(draw: st.DrawFn, template: str) -> str:
    """The path with the name of a thing where its id belongs, or with something odd there."""
    parts = template.strip("/").split("/")
    for position, part in enumerate(parts):
        if part.startswith("{"):
            thing = st.just(f"<{parts[position - 1]}>")
            parts[position] = draw(thing | thing | thing | PARTS | st.sampled_from(NO_IDS))
    return "/".join(parts)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Any, str, dict[str, Any]]:
    """An operation, the path to it, and what else is sent."""
    operation = draw(st.sampled_from(OPERATIONS))
    path = draw(paths(operation.path))
    query = draw(QUERIES)
    name = operation.definition.raw["operationId"]
    sent = {
        "content": draw(bodies(draw(st.sampled_from(GOOD.get(name, [{}]))))),
        "headers": {"Idempotency-Key": draw(KEYS)},
    }
    return operation, f"{path}?" + "&".join(f"{k}={v}" for k, v in query.items()), sent


class Things:
    """Something of each kind that exists, made anew when one was deleted."""

    def __init__(self, api: TestClient) -> None:
        self.api = api
        self.make()

    def make(self) -> None:
        _, event = post(self.api, "/api/events", EVENT)
        _, segment = post(self.api, "/api/segments", GOOD["add_segment"][0])
        given = {"name": "a", "segmentId": segment["segmentId"]}
        campaign_id = post(self.api, "/api/campaigns", given)[1]["campaignId"]
        assert post(self.api, f"/api/campaigns/{campaign_id}/generate-drafts")[0] == 200
        _, campaign = get(self.api, f"/api/campaigns/{campaign_id}")
        self.ids = {
            "<customers>": event["customerId"],
            "<segments>": segment["segmentId"],
            "<campaigns>": campaign_id,
            "<drafts>": campaign["drafts"][0]["id"],
        }

    def fill(self, text: str) -> str:
        for name, thing_id in self.ids.items():
            text = text.replace(name, thing_id)
        return text

    def fill_bytes(self, content: bytes) -> bytes:
        for name, thing_id in self.ids.items():
            content = content.replace(name.encode(), thing_id.encode())
        return content


def test_a_thousand_hostile_requests_are_answered_as_the_document_says(api: TestClient) -> None:
    things, statuses = Things(api), Counter[int]()

    @settings(max_examples=1_000, phases=[Phase.generate])
    @given(requests())
    def attack(request: tuple[Any, str, dict[str, Any]]) -> None:
        operation, path, sent = request
        url = f"/api/{things.fill(path)}"
        content = things.fill_bytes(sent["content"])
        note(f"{operation.method} {url} {content[:500]!r} {sent['headers']}")
        response = api.request(operation.method, url, content=content, headers=sent["headers"])
        statuses[response.status_code] += 1
        documented = operation.definition.raw["responses"]
        assert response.status_code < 500
        # A path with a slash in it leads elsewhere, or nowhere.
        if str(response.status_code) not in documented:
            assert response.status_code in {404, 405}
        else:
            operation.validate_response(response)
        if response.status_code == 204:
            things.make()

    attack()
    assert sum(statuses.values()) >= 1_000
    assert {200, 201, 204, 400, 404, 409} <= set(statuses)
