"""The list of customers, one customer's timeline, erasure."""

import base64
import json
import uuid
from functools import partial

import pytest
import sqlalchemy as sa

from pipeline.campaigns import get_campaign
from pipeline.customers import Profile, erase, get_customer, list_customers, timeline
from pipeline.database import Database
from pipeline.drafts import generate_drafts, review_rest
from pipeline.errors import Invalid, NotFound
from pipeline.ids import customer_id
from pipeline.models import Activity, Base, Customer, EmailDraft, Event, Send
from pipeline.paging import DEFAULT_PAGE
from pipeline.sends import send_campaign
from tests.factories import (
    NOW,
    TICK,
    Recorder,
    address,
    ago,
    all_pages,
    approved_campaign,
    ask,
    bought,
    buyers,
    count_rows,
    did,
)

ADA = "ada@example.com"
NOT_OURS = "cursor is not one that a page has given"


def found(database: Database, search: str) -> list[str]:
    return [row.email for row in ask(database, list_customers, search=search).rows]


def made_up_cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


# -------------------------------------------------------------------------------------------- list
def test_a_customer_is_shown_in_numbers(database: Database) -> None:
    for days, event_type in [(3, "visit"), (1, "purchase"), (9, "visit")]:
        did(database, ADA, event_type, ago(days=days))
    profile = Profile(customer_id(ADA), ADA, NOW, event_count=3, last_seen_at=ago(days=1))
    assert ask(database, get_customer, profile.id) == profile
    assert ask(database, list_customers).rows == [profile]


def test_a_customer_without_events_is_shown_too(database: Database) -> None:
    with database.begin() as session:
        session.add(Customer(id=customer_id(ADA), email=ADA, created_at=NOW, updated_at=NOW))
    profile = Profile(customer_id(ADA), ADA, NOW, event_count=0, last_seen_at=None)
    assert ask(database, list_customers).rows == [profile]


def test_an_unknown_customer_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="Customer not found"):
        ask(database, get_customer, uuid.uuid4())


@pytest.mark.parametrize("number", [1, 5, 6, 7])
def test_the_pages_of_the_list_have_everybody_once_by_address(
    database: Database, number: int
) -> None:
    emails = buyers(database, number)
    pages = list(all_pages(lambda cursor: ask(database, list_customers, limit=3, cursor=cursor)))
    assert [row.email for page in pages for row in page] == emails
    assert [len(page) for page in pages[:-1]] == [3] * ((number - 1) // 3)


def test_the_list_is_ordered_by_code_point(database: Database) -> None:
    emails = ["a-@x.org", "a@x.org", "aa@x.org", "a_@x.org", "é@x.org", "🎉@x.org"]
    for email in reversed(emails):
        bought(database, email)
    pages = all_pages(lambda cursor: ask(database, list_customers, limit=1, cursor=cursor))
    assert [page[0].email for page in pages] == sorted(emails)


def test_somebody_who_joins_while_a_list_is_paged_disturbs_nobody(database: Database) -> None:
    emails = buyers(database, 4)
    first = ask(database, list_customers, limit=2)
    bought(database, "a@example.com")
    ask(database, erase, customer_id(emails[1]))
    rest = ask(database, list_customers, limit=2, cursor=first.next_cursor)
    assert [row.email for row in rest.rows] == emails[2:]


def test_50_customers_are_a_page_unless_told_otherwise(database: Database) -> None:
    buyers(database, DEFAULT_PAGE + 1)
    assert len(ask(database, list_customers).rows) == DEFAULT_PAGE == 50


# ------------------------------------------------------------------------------------------ search
STRANGE = ["ab@x.org", "a%b@x.org", "a_b@x.org", r"a\b@x.org", "a/b@x.org", "a'b@x.org", "é@x.org"]


@pytest.mark.parametrize("search", ["%", "_", "\\", "/", "'", "É", "a%b", "a_b", r"a\b", "a/b"])
def test_a_search_is_taken_literally(database: Database, search: str) -> None:
    for email in STRANGE:
        bought(database, email)
    assert found(database, search) == [email for email in STRANGE if search.lower() in email]


@pytest.mark.parametrize(
    ("search", "emails"),
    [
        ("", [ADA, "bob@shop.org"]),
        (" \t", [ADA, "bob@shop.org"]),
        ("ADA", [ADA]),
        (" bob@ ", ["bob@shop.org"]),
        ("@", [ADA, "bob@shop.org"]),
        ("shop.org", ["bob@shop.org"]),
        ("%%", []),
        ("ada@example.comx", []),
    ],
)
def test_a_search_finds_a_part_of_the_address(
    database: Database, search: str, emails: list[str]
) -> None:
    bought(database, ADA)
    bought(database, "bob@shop.org")
    assert found(database, search) == emails


def test_a_search_is_paged_like_the_list(database: Database) -> None:
    buyers(database, 12)
    pages = all_pages(
        lambda cursor: ask(database, list_customers, search="c00", limit=4, cursor=cursor)
    )
    assert [row.email for page in pages for row in page] == [address(n) for n in range(10)]


@pytest.mark.parametrize(
    ("search", "sentence"),
    [
        ("x" * 255, "search must be at most 254 characters"),
        ("a\0", "search must not contain NUL characters"),
        ("\ud800", "search must not contain lone surrogates"),
    ],
    ids=["long", "NUL", "surrogate"],
)
def test_a_search_that_no_address_can_hold_is_refused(
    database: Database, search: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        found(database, search)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_limit_that_cannot_be_is_refused(database: Database, limit: int) -> None:
    with pytest.raises(Invalid, match="limit must be an integer from 1 to 200"):
        ask(database, list_customers, limit=limit)
    with pytest.raises(Invalid, match="limit must be an integer from 1 to 200"):
        ask(database, timeline, uuid.uuid4(), limit=limit)


@pytest.mark.parametrize(
    ("cursor", "sentence"),
    [
        ("x", NOT_OURS),
        (made_up_cursor("a", "b"), NOT_OURS),
        (made_up_cursor("a\0"), "cursor must not contain NUL characters"),
        (made_up_cursor("\ud800"), "cursor must not contain lone surrogates"),
        (made_up_cursor("a" * 255), "cursor must be at most 254 characters"),
    ],
)
def test_a_made_up_cursor_into_the_list_is_refused(
    database: Database, cursor: str, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        ask(database, list_customers, cursor=cursor)


# ---------------------------------------------------------------------------------------- timeline
def test_a_timeline_is_the_customers_own_newest_first(database: Database) -> None:
    for days, event_type in [(3, "visit"), (0, "purchase"), (9, "signup")]:
        did(database, ADA, event_type, ago(days=days), {"days": days}, key=event_type)
    bought(database, "bob@example.com")
    rows = ask(database, timeline, customer_id(ADA)).rows
    assert [(row.type, row.properties["days"]) for row in rows] == [
        ("purchase", 0),
        ("visit", 3),
        ("signup", 9),
    ]
    assert [row.idempotency_key for row in rows] == ["purchase", "visit", "signup"]


def test_the_pages_of_a_timeline_have_every_event_once_in_order(database: Database) -> None:
    # Several at one moment, and others a microsecond away.
    for at in [NOW, NOW, NOW, NOW - TICK, NOW - TICK, NOW + TICK, ago(days=1)]:
        did(database, ADA, "visit", at)
    whole = ask(database, timeline, customer_id(ADA)).rows
    assert [row.occurred_at for row in whole] == sorted(
        (row.occurred_at for row in whole), reverse=True
    )
    for limit in (1, 2, 3, 7):
        fetch = partial(ask, database, timeline, customer_id(ADA), limit=limit)
        pages = list(all_pages(lambda cursor: fetch(cursor=cursor)))  # noqa: B023
        assert [row.id for page in pages for row in page] == [row.id for row in whole]
        assert max(map(len, pages)) == limit


def test_the_timeline_of_nobody_is_empty(database: Database) -> None:
    assert ask(database, timeline, uuid.uuid4()).rows == []


SOME_ID = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        made_up_cursor(NOW.isoformat()),
        made_up_cursor("yesterday", SOME_ID),
        made_up_cursor(NOW.isoformat(), "x"),
        made_up_cursor("0001-01-01T00:00:00+01:00", SOME_ID),
        made_up_cursor("9999-12-31T23:00:00-01:00", SOME_ID),
    ],
)
def test_a_made_up_cursor_into_a_timeline_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(Invalid, match=NOT_OURS):
        ask(database, timeline, uuid.uuid4(), cursor=cursor)


# ------------------------------------------------------------------------------------------- erase
def test_erasing_takes_everything_of_that_customer_and_nothing_else(database: Database) -> None:
    ada, bob = bought(database, ADA), bought(database, "bob@example.com")
    campaign_id = approved_campaign(database)
    send_campaign(database, campaign_id, clock=lambda: NOW, sender=Recorder())
    ask(database, erase, ada)
    owners: list[tuple[type[Base], sa.InstrumentedAttribute[uuid.UUID]]] = [
        (Customer, Customer.id),
        (Event, Event.customer_id),
        (Activity, Activity.customer_id),
        (EmailDraft, EmailDraft.customer_id),
        (Send, Send.customer_id),
    ]
    for table, owner in owners:
        assert count_rows(database, table, owner == ada) == 0
        assert count_rows(database, table, owner == bob) == 1
    assert ask(database, get_campaign, campaign_id).status == "sent"


def test_whoever_was_erased_cannot_be_erased_again(database: Database) -> None:
    ada = bought(database, ADA)
    ask(database, erase, ada)
    with pytest.raises(NotFound, match="Customer not found"):
        ask(database, erase, ada)


def test_whoever_comes_back_after_erasure_starts_anew(database: Database) -> None:
    first = did(database, ADA, "visit", ago(days=3), key="k")
    ask(database, erase, first.customer_id)
    assert did(database, ADA, "purchase", key="k").created
    profile = ask(database, get_customer, first.customer_id)
    assert (profile.event_count, profile.last_seen_at) == (1, NOW)


def test_an_erased_customer_is_not_drafted_again(database: Database) -> None:
    emails = buyers(database, 3)
    campaign_id = approved_campaign(database)
    ask(database, erase, customer_id(emails[0]))
    assert generate_drafts(database, campaign_id, now=NOW) == 2
    assert ask(database, review_rest, campaign_id, "approved", now=NOW) == 0
