import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from factories import NOW, at_once, count_rows
from rest import AN_ID, NOW_TEXT, answer, get, post, post_event, post_text
from starlette.testclient import TestClient
from starlette.types import Message

from pipeline.database import Database
from pipeline.models import Activity, Customer, Event

EVENTS, BATCH = "/api/events", "/api/events/batch"
ADA = {"email": "ada@example.com", "type": "purchase"}
MIB = 1024 * 1024


def stored(api: TestClient, customer_id: str) -> dict[str, Any]:
    """The only event of a customer."""
    _, timeline = get(api, f"/api/customers/{customer_id}")
    (event,) = timeline["events"]
    return event


def accepted(api: TestClient, **fields: Any) -> dict[str, Any]:
    """The event as it is stored."""
    status, done = post(api, EVENTS, {**ADA, **fields})
    assert (status, done["created"]) == (201, True)
    return stored(api, done["customerId"])


def rows(database: Database) -> dict[str, int]:
    tables = (Customer, Event, Activity)
    return {table.__tablename__: count_rows(database, table) for table in tables}


def nested(levels: int) -> Any:
    """An object that nests so many levels deep, lists in between."""
    value: Any = 1
    for level in range(levels - 1):
        value = [value] if level % 2 else {"a": value}
    return {"top": value}


# --------------------------------------------------------------------------------------- one event
def test_an_event_is_stored_with_its_customer(api: TestClient, database: Database) -> None:
    status, done = post(api, EVENTS, {**ADA, "properties": {"sku": "MUG"}})
    assert (status, done) == (201, {"created": True, "eventId": AN_ID, "customerId": AN_ID})
    assert stored(api, done["customerId"]) == {
        "id": done["eventId"],
        "type": "purchase",
        "properties": {"sku": "MUG"},
        "occurredAt": NOW_TEXT,
        "idempotencyKey": None,
        "createdAt": NOW_TEXT,
    }
    assert rows(database) == {"customers": 1, "events": 1, "activity": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "  Ada@Example.COM\n"},
        {"email": None, "customer": {"email": "ada@example.com"}},
        {"email": "ada@example.com", "customer": {"email": "eve@example.com"}},
        {"email": "ada@example.com", "customer": "eve"},
    ],
)
def test_the_email_is_normalised_and_may_be_the_customers(
    api: TestClient, fields: dict[str, Any]
) -> None:
    assert post(api, EVENTS, {**ADA, **fields})[0] == 201
    _, found = get(api, "/api/customers")
    assert [customer["email"] for customer in found["customers"]] == ["ada@example.com"]


def test_the_type_is_stored_trimmed_and_unknown_fields_are_ignored(api: TestClient) -> None:
    event = accepted(api, type="\t signed up ", id="x", createdAt=7, customerId=[])
    assert event["type"] == "signed up"


@pytest.mark.parametrize(
    ("given", "stored_as"),
    [
        (None, NOW_TEXT),
        ("2026-06-15", "2026-06-15T00:00:00.000Z"),
        ("2026-06-15T11:00:00", "2026-06-15T11:00:00.000Z"),
        ("2026-06-15T11:00:00Z", "2026-06-15T11:00:00.000Z"),
        ("2026-06-15t11:00:00z", "2026-06-15T11:00:00.000Z"),
        ("2026-06-15T11:00:00.123456+02:00", "2026-06-15T09:00:00.123Z"),
        ("2024-02-29T23:59:59-14:00", "2024-03-01T13:59:59.000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("2026-06-15T12:05:00Z", "2026-06-15T12:05:00.000Z"),
    ],
)
def test_the_time_is_stored_in_utc(api: TestClient, given: str | None, stored_as: str) -> None:
    assert accepted(api, occurredAt=given)["occurredAt"] == stored_as


#: In the contract's order; what fails a check fails later ones too, where it can.
REFUSALS: list[tuple[Any, str]] = [
    *(
        ({**wrong, "properties": [], "occurredAt": 7}, "Email is required")
        for wrong in [
            {},
            {"type": "purchase"},
            {"email": "", "type": ""},
            {"email": 7},
            {"email": ["ada@example.com"]},
            {"email": False, "customer": {"email": "ada@example.com"}},
            {"email": None, "customer": {"email": None}},
            {"customer": "ada@example.com"},
            {"customer": [{"email": "ada@example.com"}]},
        ]
    ),
    ([], "Email is required"),
    ([ADA], "Email is required"),
    ("ada@example.com", "Email is required"),
    (0, "Email is required"),
    (False, "Email is required"),
    *(
        ({"email": "ada", "type": wrong, "properties": 1}, "Event type is required")
        for wrong in [None, "", " \t\n", 7, True, ["purchase"], {}]
    ),
    *(
        ({"email": wrong, "type": "purchase", "properties": None}, "Invalid email format")
        for wrong in [
            " ",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@.",
            "ada@@example.com",
            "ada@eve@example.com",
            "ada lovelace@example.com",
            "ada@exam\u2003ple.com",
            "ada\n@example.com",
        ]
    ),
    *(
        ({**ADA, "properties": wrong, "occurredAt": 7}, "Properties must be a JSON object")
        for wrong in [None, [], [{}], "{}", 1, True]
    ),
    *(
        ({**ADA, "occurredAt": wrong, "type": "x" * 201}, "Invalid occurredAt date format")
        for wrong in [
            "",
            " ",
            "today",
            "2026-02-30",
            "2026-06-15T25:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-14:00",
            "1781524800",
            1781524800,
            1781524800.5,
            True,
            [],
            {},
        ]
    ),
    *(
        ({**ADA, "occurredAt": wrong, "type": "x" * 201}, "occurredAt is in the future")
        for wrong in ["2026-06-15T12:05:00.001Z", "2026-06-16", "9999-12-31"]
    ),
    ({**ADA, "email": f"{'a' * 243}@example.com"}, "email must be at most 254 characters"),
    ({**ADA, "email": "a\0@example.com"}, "email must not contain NUL characters"),
    ({**ADA, "type": "x" * 201}, "type must be at most 200 characters"),
    ({**ADA, "type": "a\0b"}, "type must not contain NUL characters"),
    ({**ADA, "properties": {"a\0": 1}}, "properties must not contain NUL characters"),
    ({**ADA, "properties": {"a": [{"b": "\0"}]}}, "properties must not contain NUL characters"),
    ({**ADA, "properties": nested(33)}, "properties must nest at most 32 levels"),
    ({**ADA, "properties": nested(500)}, "properties must nest at most 32 levels"),
    ({**ADA, "properties": {"a": "x" * 32_761}}, "properties must be at most 32 KiB as JSON"),
    ({**ADA, "properties": {"a": "é" * 16_381}}, "properties must be at most 32 KiB as JSON"),
]


def test_what_is_refused_is_refused_in_the_contracts_order_and_words(
    api: TestClient, database: Database
) -> None:
    wrong = []
    for body, sentence in REFUSALS:
        if (found := post(api, EVENTS, body)) != (400, sentence):
            wrong.append((body, sentence, found))
    assert wrong == []
    assert rows(database) == {"customers": 0, "events": 0, "activity": 0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"email": "\\ud800@b.co", "type": "a"}', "email must not contain lone surrogates"),
        ('{"email": "a@b.co", "type": "\\udfff"}', "type must not contain lone surrogates"),
        *(
            (f'{{"email": "a@b.co", "type": "a", "properties": {properties}}}', sentence)
            for properties, sentence in [
                ('{"a": "\\ud800"}', "properties must not contain lone surrogates"),
                ('{"\\udc00": 1}', "properties must not contain lone surrogates"),
                ('{"a": NaN}', "properties must hold numbers within a double's range"),
                ('{"a": [Infinity]}', "properties must hold numbers within a double's range"),
                ('{"a": -Infinity}', "properties must hold numbers within a double's range"),
                ('{"a": 1e400}', "properties must hold numbers within a double's range"),
                ('{"a": -1e400}', "properties must hold numbers within a double's range"),
                (f'{{"a": {"9" * 400}}}', "properties must hold numbers within a double's range"),
                (f'{{"a": {"9" * 5000}}}', "properties must hold numbers within a double's range"),
                ('{"a": 1e-400}', "properties must hold numbers within a double's range"),
            ]
        ),
    ],
)
def test_what_no_database_keeps_is_refused(
    api: TestClient, database: Database, text: str, sentence: str
) -> None:
    assert post_text(api, EVENTS, text) == (400, sentence)
    assert rows(database)["customers"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"email": f"{'a' * 242}@example.com"},
        {"type": "é" * 200},
        {"properties": {"a": "x" * 32_760}},
        {"properties": {"a": "é" * 16_380}},
        {"properties": nested(32)},
        {"properties": {"": "", "a": ["𝄞", None, True, {}], 'b".$[0]': -0.0}},
    ],
    ids=["email", "type", "size", "size in bytes", "nesting", "odd"],
)
def test_what_is_just_within_its_limit_is_kept_as_it_is(
    api: TestClient, fields: dict[str, Any]
) -> None:
    event = accepted(api, **fields)
    assert event["properties"] == fields.get("properties", {})
    assert event["type"] == fields.get("type", ADA["type"])


def test_numbers_come_back_digit_by_digit(api: TestClient) -> None:
    numbers = '{"a":12345678901234567890,"b":0.1234567890123456789,"c":-0.1,"d":[123456789.0]}'
    text = f'{{"email":"ada@example.com","type":"purchase","properties":{numbers}}}'
    _, done = post_text(api, EVENTS, text)
    assert f'"properties":{numbers}' in api.get(f"/api/customers/{done['customerId']}").text


# -------------------------------------------------------------------------------------------- body
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (MIB, 201),
        (MIB + 1, (413, "The request body must be at most 1 MiB")),
        (3 * MIB, (413, "The request body must be at most 1 MiB")),
    ],
)
def test_a_body_has_at_most_one_mebibyte(
    api: TestClient, chunked: bool, size: int, expected: Any
) -> None:
    text = json.dumps(ADA).encode().ljust(size)
    chunks = (text[start : start + 65_536] for start in range(0, size, 65_536))
    found = answer(api.post(EVENTS, content=chunks if chunked else text))
    assert (found[0] if expected == 201 else found) == expected


def test_a_body_that_says_it_is_too_long_is_refused_unread() -> None:
    async def receive() -> Message:
        raise AssertionError("the body was read")

    assert post_event(receive, {b"content-length": b"1048577"}) == 413


# ------------------------------------------------------------------------------------- idempotency
def keyed(api: TestClient, key: str, **fields: Any) -> tuple[int, Any]:
    return post(api, EVENTS, {**ADA, **fields}, **{"Idempotency-Key": key})


def test_a_key_seen_again_returns_the_first_event_whatever_the_payload(
    api: TestClient, database: Database
) -> None:
    status, first = keyed(api, "order-1", properties={"total": 1})
    assert (status, first["created"]) == (201, True)
    seen = (200, {**first, "created": False})
    assert keyed(api, "order-1", properties={"total": 1}) == seen
    assert keyed(api, "order-1", type="refund", occurredAt="2020-01-01") == seen
    assert stored(api, first["customerId"])["properties"] == {"total": 1}
    assert rows(database) == {"customers": 1, "events": 1, "activity": 1}


def test_a_key_belongs_to_its_customer_and_is_case_sensitive(api: TestClient) -> None:
    _, first = keyed(api, "order-1")
    for key, email in [("order-1", "eve@example.com"), ("Order-1", "ada@example.com")]:
        status, other = keyed(api, key, email=email)
        assert (status, other["eventId"] == first["eventId"]) == (201, False)
    assert keyed(api, "order-1", email=" ADA@example.com")[0] == 200


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": " \t"}])
def test_without_a_key_nothing_is_de_duplicated(
    api: TestClient, database: Database, headers: dict[str, str]
) -> None:
    answers = [post(api, EVENTS, ADA, **headers) for _ in range(2)]
    assert [status for status, _ in answers] == [201, 201]
    assert rows(database) == {"customers": 1, "events": 2, "activity": 1}


def test_a_refused_event_does_not_use_up_its_key(api: TestClient) -> None:
    assert keyed(api, "order-1", occurredAt="soon")[0] == 400
    assert keyed(api, "order-1")[0] == 201


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("k" * 255, 201),
        ("k" * 256, (400, "idempotency key must be at most 255 characters")),
        ("a\0b", (400, "idempotency key must not contain NUL characters")),
    ],
)
def test_a_key_has_its_limits(api: TestClient, key: str, expected: Any) -> None:
    found = keyed(api, key)
    assert (found[0] if expected == 201 else found) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_key_in_a_header_is_the_same_as_in_a_batch(api: TestClient, encoding: str) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps(ADA).encode()}

    assert post_event(receive, {b"idempotency-key": "été".encode(encoding)}) == 201
    _, done = post(api, BATCH, {"events": [{**ADA, "idempotencyKey": "été"}]})
    assert done == {"created": 0, "duplicates": 1, "rejected": []}


def test_of_32_callers_with_one_key_one_creates_and_all_get_the_same_event(
    api: TestClient, database: Database
) -> None:
    answers = at_once(*[partial(keyed, api, "order-1")] * 32)
    assert sorted(status for status, _ in answers) == [200] * 31 + [201]
    assert len({(done["eventId"], done["customerId"]) for _, done in answers}) == 1
    assert rows(database) == {"customers": 1, "events": 1, "activity": 1}


def test_the_first_32_events_of_a_new_customer_may_come_at_once(
    api: TestClient, database: Database
) -> None:
    answers = at_once(*[partial(post, api, EVENTS, ADA)] * 32)
    assert [status for status, _ in answers] == [201] * 32
    assert len({done["eventId"] for _, done in answers}) == 32
    assert rows(database) == {"customers": 1, "events": 32, "activity": 1}
    _, found = get(api, "/api/customers")
    assert [customer["eventCount"] for customer in found["customers"]] == [32]


# ------------------------------------------------------------------------------------------- batch
def test_the_good_ones_of_a_batch_are_stored(api: TestClient, database: Database) -> None:
    keyed_event = {**ADA, "idempotencyKey": "order-1"}
    late = (NOW + timedelta(hours=1)).isoformat()
    events: list[Any] = [
        ADA,
        keyed_event,
        {**keyed_event, "type": "refund"},
        {**keyed_event, "email": "eve@example.com"},
        {**ADA, "idempotencyKey": None},
        {**ADA, "idempotencyKey": " "},
        {**ADA, "idempotencyKey": 7},
        {**ADA, "idempotencyKey": "k" * 256},
        {"email": "ada", "type": "purchase"},
        {**ADA, "occurredAt": late},
        "ada@example.com",
        None,
    ]
    assert post(api, BATCH, {"events": events}) == (
        200,
        {
            "created": 5,
            "duplicates": 1,
            "rejected": [
                {"index": 6, "error": "idempotencyKey must be a string"},
                {"index": 7, "error": "idempotency key must be at most 255 characters"},
                {"index": 8, "error": "Invalid email format"},
                {"index": 9, "error": "occurredAt is in the future"},
                {"index": 10, "error": "Email is required"},
                {"index": 11, "error": "Email is required"},
            ],
        },
    )
    assert rows(database) == {"customers": 2, "events": 5, "activity": 2}
    _, again = post(api, BATCH, {"events": [keyed_event, ADA]})
    assert again == {"created": 1, "duplicates": 1, "rejected": []}


def test_a_number_of_any_size_harms_only_its_own_event(api: TestClient) -> None:
    good, bad = (
        f'{{"email": "ada@example.com", "type": "visit", "properties": {{"n": {number}}}}}'
        for number in ("1", "1e99999999999999999999")
    )
    out_of_range = {"index": 1, "error": "properties must hold numbers within a double's range"}
    assert post_text(api, BATCH, f'{{"events": [{good}, {bad}]}}') == (
        200,
        {"created": 1, "duplicates": 0, "rejected": [out_of_range]},
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"events": []}, (200, {"created": 0, "duplicates": 0, "rejected": []})),
        ({}, (400, "events must be an array")),
        ([], (400, "events must be an array")),
        ([ADA], (400, "events must be an array")),
        (ADA, (400, "events must be an array")),
        ({"events": None}, (400, "events must be an array")),
        ({"events": {}}, (400, "events must be an array")),
        ({"events": "[]"}, (400, "events must be an array")),
        ({"events": [0] * 5_001}, (413, "events must have at most 5,000 items")),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_batch_is_an_array_of_at_most_5000(api: TestClient, body: Any, expected: Any) -> None:
    assert post(api, BATCH, body) == expected


def test_5000_events_are_one_batch(api: TestClient, database: Database) -> None:
    events = [{**ADA, "email": f"c{number}@example.com"} for number in range(5_000)]
    assert post(api, BATCH, {"events": events})[1]["created"] == 5_000
    assert rows(database) == {"customers": 5_000, "events": 5_000, "activity": 5_000}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_batch_may_have_sixteen_mebibytes(api: TestClient) -> None:
    text = json.dumps({"events": [ADA]}).encode()
    assert post_text(api, BATCH, text.ljust(16 * MIB))[0] == 200
    too_large = (413, "The request body must be at most 16 MiB")
    assert post_text(api, BATCH, text.ljust(16 * MIB + 1)) == too_large
