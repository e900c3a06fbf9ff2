import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from factories import NOW, TICK, ago, approved_campaign, bought, buyers, count_rows, did
from rest import A_MOMENT, AN_ID, NO_IDS, NOBODY, NOW_TEXT, answer, follow, get, post
from starlette.testclient import TestClient

from pipeline.database import Database
from pipeline.models import Activity, Customer, EmailDraft, Event, Send
from pipeline.sends import send_campaign

CUSTOMERS = "/api/customers"
BAD_CURSOR = "cursor is not one that a page has given"
BAD_LIMIT = "limit must be an integer from 1 to 200"


def emails(rows: list[Any]) -> list[str]:
    return [row["email"] for row in rows]


def cursor(*key: object) -> str:
    """A cursor that no page has given."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


# -------------------------------------------------------------------------------------------- list
def test_customers_are_listed_by_email_with_their_numbers(
    api: TestClient, database: Database
) -> None:
    bought(database, "eve@example.com", ago(days=3))
    bought(database, "ada@example.com", ago(days=2))
    did(database, "ada@example.com", "login", ago(days=1))
    expected = {"id": AN_ID, "createdAt": NOW_TEXT}
    assert get(api, CUSTOMERS) == (
        200,
        {
            "customers": [
                {
                    **expected,
                    "email": "ada@example.com",
                    "eventCount": 2,
                    "lastSeenAt": "2026-06-14T12:00:00.000Z",
                },
                {
                    **expected,
                    "email": "eve@example.com",
                    "eventCount": 1,
                    "lastSeenAt": "2026-06-12T12:00:00.000Z",
                },
            ],
            "nextCursor": None,
        },
    )


def test_nobody_yet_is_an_empty_list(api: TestClient) -> None:
    assert get(api, CUSTOMERS) == (200, {"customers": [], "nextCursor": None})


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["a_b@example.com", "ada@example.com", "ada@shop.co"]),
        ("ada", ["ada@example.com", "ada@shop.co"]),
        (" ADA@E ", ["ada@example.com"]),
        ("shop", ["ada@shop.co"]),
        ("a_b", ["a_b@example.com"]),
        ("_", ["a_b@example.com"]),
        ("%", []),
        ("\\", []),
        ("'", []),
        ("é", []),
    ],
)
def test_search_finds_a_part_of_an_address_as_it_is_written(
    api: TestClient, database: Database, search: str, found: list[str]
) -> None:
    for email in ("ada@shop.co", "a_b@example.com", "ada@example.com"):
        bought(database, email)
    assert emails(get(api, CUSTOMERS, search=search)[1]["customers"]) == found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_of_customers_have_neither_gaps_nor_doubles(
    api: TestClient, database: Database, limit: int
) -> None:
    everybody = buyers(database, 7)
    pages = follow(api, CUSTOMERS, "customers", limit=limit, search="example")
    assert [email for page in pages for email in emails(page)] == everybody
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1] != []


def test_a_page_has_50_customers_unless_told_and_up_to_200(
    api: TestClient, database: Database
) -> None:
    buyers(database, 201)
    for query, size in [({}, 50), ({"limit": 200}, 200), ({"limit": "007"}, 7)]:
        _, page = get(api, CUSTOMERS, **query)
        assert (len(page["customers"]), page["nextCursor"] is None) == (size, False)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        *(
            (f"limit={wrong}", BAD_LIMIT)
            for wrong in ["0", "201", "-1", "1.0", "1e1", "x", "", "%20", "+5", "٣", "9" * 5000]
        ),
        ("limit=0&cursor=x&search=%00", BAD_LIMIT),
        ("search=%00", "search must not contain NUL characters"),
        (f"search={'a' * 255}", "search must be at most 254 characters"),
        ("cursor=x", BAD_CURSOR),
        ("cursor=%00", BAD_CURSOR),
        ("cursor=é", BAD_CURSOR),
        ("cursor=e30=", BAD_CURSOR),
        (f"cursor={cursor(1)}", BAD_CURSOR),
        (f"cursor={cursor('a', 'b')}", BAD_CURSOR),
        (f"cursor={cursor([[[]]])}", BAD_CURSOR),
        (f"cursor={cursor(chr(0))}", "cursor must not contain NUL characters"),
        (f"cursor={cursor(chr(0xD800))}", "cursor must not contain lone surrogates"),
    ],
    ids=lambda value: value[:40],
)
def test_a_page_that_cannot_be_is_refused(api: TestClient, query: str, sentence: str) -> None:
    assert get(api, f"{CUSTOMERS}?{query}") == (400, sentence)


# ---------------------------------------------------------------------------------------- timeline
def test_a_customer_is_shown_with_their_events_newest_first(
    api: TestClient, database: Database
) -> None:
    customer_id = bought(database, "ada@example.com", ago(days=1), sku="MUG")
    did(database, "ada@example.com", "login", NOW, {"a.b": [1, None]}, key="k1")
    bought(database, "eve@example.com")
    assert get(api, f"{CUSTOMERS}/{customer_id}") == (
        200,
        {
            "customer": {
                "id": str(customer_id),
                "email": "ada@example.com",
                "createdAt": NOW_TEXT,
                "eventCount": 2,
                "lastSeenAt": NOW_TEXT,
            },
            "events": [
                {
                    "id": AN_ID,
                    "type": "login",
                    "properties": {"a.b": [1, None]},
                    "occurredAt": NOW_TEXT,
                    "idempotencyKey": "k1",
                    "createdAt": A_MOMENT,
                },
                {
                    "id": AN_ID,
                    "type": "purchase",
                    "properties": {"sku": "MUG"},
                    "occurredAt": "2026-06-14T12:00:00.000Z",
                    "idempotencyKey": None,
                    "createdAt": A_MOMENT,
                },
            ],
            "nextCursor": None,
        },
    )


def test_a_timeline_has_50_events_a_page_also_where_many_are_of_one_moment(
    api: TestClient, database: Database
) -> None:
    moments = [NOW] * 60 + [NOW - TICK] * 30 + [ago(days=each) for each in range(1, 31)]
    events = [
        {"email": "ada@example.com", "type": f"t{at:%d}", "occurredAt": at.isoformat()}
        for at in moments
    ]
    assert post(api, "/api/events/batch", {"events": events})[1]["created"] == 120
    _, found = get(api, CUSTOMERS)
    pages = follow(api, f"{CUSTOMERS}/{found['customers'][0]['id']}", "events")
    assert [len(page) for page in pages] == [50, 50, 20]
    shown = [event for page in pages for event in page]
    assert len({event["id"] for event in shown}) == 120
    times = [event["occurredAt"] for event in shown]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "key",
    [
        ("2026-06-15T12:00:00+00:00",),
        ("today", NOBODY),
        ("2026-06-15T12:00:00+00:00", "x"),
        ("0001-01-01T00:00:00+14:00", NOBODY),
        ("9999-12-31T23:59:59-14:00", NOBODY),
        (1, 2),
    ],
)
def test_a_cursor_of_no_timeline_is_refused(
    api: TestClient, database: Database, key: tuple[object, ...]
) -> None:
    path = f"{CUSTOMERS}/{bought(database, 'ada@example.com')}"
    assert get(api, path, cursor=cursor(*key)) == (400, BAD_CURSOR)


def test_a_forged_cursor_without_a_zone_is_no_fault_of_ours(
    api: TestClient, database: Database
) -> None:
    path = f"{CUSTOMERS}/{bought(database, 'ada@example.com', NOW + timedelta(minutes=1))}"
    assert get(api, path, cursor=cursor("2020-01-01T00:00:00", NOBODY))[0] == 200


# ----------------------------------------------------------------------------------------- erasure
def test_erasing_a_customer_takes_all_of_theirs_along(api: TestClient, database: Database) -> None:
    customer_id = bought(database, "ada@example.com")
    bought(database, "eve@example.com")
    send_campaign(database, approved_campaign(database), clock=lambda: NOW)
    path = f"{CUSTOMERS}/{customer_id}"
    assert answer(api.delete(path)) == (204, None)
    assert answer(api.delete(path)) == (404, "Customer not found")
    assert get(api, path) == (404, "Customer not found")
    for table in (Customer, Event, Activity, EmailDraft, Send):
        assert count_rows(database, table) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_customer_nobody_knows_is_not_found(api: TestClient, method: str) -> None:
    for customer_id in NO_IDS:
        response = api.request(method, f"{CUSTOMERS}/{customer_id}")
        assert (customer_id, *answer(response)) == (customer_id, 404, "Customer not found")


def test_an_id_is_read_in_any_case_of_letters(api: TestClient, database: Database) -> None:
    customer_id = str(bought(database, "ada@example.com"))
    assert get(api, f"{CUSTOMERS}/{customer_id.upper()}")[1]["customer"]["id"] == customer_id


def test_an_id_in_another_form_than_the_canonical_one_is_not_found(
    api: TestClient, database: Database
) -> None:
    customer_id = str(bought(database, "ada@example.com"))
    for form in (customer_id.replace("-", ""), f"{{{customer_id}}}", f"urn:uuid:{customer_id}"):
        assert (form, *get(api, f"{CUSTOMERS}/{form}")) == (form, 404, "Customer not found")
