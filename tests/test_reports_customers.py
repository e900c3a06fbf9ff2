"""Customers on screen: the list, one customer's timeline, their segments and their mail."""

import random
import sqlite3
import uuid
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from pipeline.customers import Holdings, erase, holdings
from pipeline.database import Database
from pipeline.errors import Invalid, NotFound
from pipeline.events import ingest_many
from pipeline.ids import customer_id
from pipeline.models import Customer, EmailDraft, Event, Send
from pipeline.reports import customers as listing
from pipeline.reports.customers import (
    CUSTOMER_ORDERS,
    CustomerFilter,
    ListedCustomer,
    count_customers,
    find_customers,
)
from pipeline.reports.mailings import mailings
from pipeline.reports.memberships import memberships
from pipeline.reports.timelines import (
    EventFilter,
    activity_by_type,
    count_events,
    customer_days,
    find_events,
)
from pipeline.rules import parse
from pipeline.segments import create_segment, preview
from pipeline.sends import send_campaign
from tests.factories import (
    NOW,
    TICK,
    Recorder,
    address,
    ago,
    approved_campaign,
    ask,
    bought,
    buyers,
    count_rows,
    did,
    event,
)

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@shop.org"


def listed(database: Database, among: CustomerFilter = listing.EVERYBODY, **how: Any) -> list[str]:
    """The addresses of all whom a filter means, as the list has them."""
    found = ask(database, find_customers, among, **{"limit": 1_000, **how}, now=NOW)
    assert ask(database, count_customers, among, now=NOW) == len(found)
    return [row.email for row in found]


# -------------------------------------------------------------------------------------------- list
def test_a_customer_is_listed_in_numbers_with_their_most_frequent_types(database: Database) -> None:
    for days, kind in enumerate(["d", "c", "c", "b", "b", "a", "a", "a"]):
        did(database, ADA, kind, ago(days=days))
    (row,) = ask(database, find_customers, limit=10, now=NOW)
    types = [("a", 3), ("b", 2), ("c", 2)]
    assert row == ListedCustomer(customer_id(ADA), ADA, 8, ago(days=7), NOW, types)


def test_without_customers_the_list_is_empty(database: Database) -> None:
    for order in CUSTOMER_ORDERS:
        assert listed(database, order=order) == []


KEYS: dict[str, Callable[[list[datetime]], Any]] = {
    "events": len,
    "first_seen": min,
    "last_seen": max,
}


@pytest.fixture
def crowd(database: Database) -> dict[str, list[datetime]]:
    """When each of many customers did something, many of them at the same moments."""
    chance = random.Random(1)
    happened: dict[str, list[datetime]] = {}
    for number in range(60):
        days = chance.choices(range(9), k=chance.randrange(1, 6))
        happened[address(number)] = [ago(days=each) for each in days]
    events = [
        event(email, f"type{position % 3}", at)
        for email, moments in happened.items()
        for position, at in enumerate(moments)
    ]
    ask(database, ingest_many, events, now=NOW)
    return happened


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("order", CUSTOMER_ORDERS)
def test_the_pages_of_each_order_have_everybody_once(
    database: Database, crowd: dict[str, list[datetime]], order: str, descending: bool
) -> None:
    pages: list[str] = []
    for offset in count(0, 7):
        how = {"order": order, "descending": descending, "limit": 7, "offset": offset}
        rows = ask(database, find_customers, **how, now=NOW)
        pages += [row.email for row in rows]
        if not rows:
            break
    assert sorted(pages) == sorted(crowd)
    key = (lambda email: email) if order == "email" else lambda email: KEYS[order](crowd[email])
    sorted_by_key = sorted(map(key, crowd), reverse=descending)
    assert list(map(key, pages)) == sorted_by_key


SOME: dict[str, Any] = {
    "kind": "all",
    "rules": [
        {"kind": "not", "rule": {"kind": "event", "eventType": "type1", "window": {"lastDays": 3}}},
        {
            "kind": "any",
            "rules": [
                {"kind": "event_type_in_last_days", "eventType": "type0", "days": 2},
                {"kind": "event", "eventType": "type2", "count": {"op": "equals", "value": 1}},
                {"kind": "event", "eventType": "type0", "count": {"op": "equals", "value": 2}},
            ],
        },
    ],
}


def those_in_some(database: Database) -> CustomerFilter:
    segment = ask(database, create_segment, name="Some", definition=SOME, now=NOW)
    return CustomerFilter(segment_id=segment.id)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("order", CUSTOMER_ORDERS)
def test_a_filter_leaves_each_order_as_it_is(
    database: Database, crowd: dict[str, list[datetime]], order: str, descending: bool
) -> None:
    some = those_in_some(database)
    members = {row.email for row in ask(database, preview, parse(SOME), now=NOW).customers}
    assert 5 < len(members) < len(crowd) - 5
    how = {"order": order, "descending": descending}
    everybody = [row for row in listed(database, **how) if row in members]
    for offset in range(0, len(members), 4):
        page = ask(database, find_customers, some, limit=4, offset=offset, now=NOW, **how)
        assert [row.email for row in page] == everybody[offset : offset + 4]


@pytest.mark.parametrize("number", [1, 10, 40])
def test_those_seen_last_are_the_same_by_the_short_way_and_by_the_long_one(
    database: Database,
    crowd: dict[str, list[datetime]],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    among = those_in_some(database)

    def pages() -> list[list[ListedCustomer]]:
        cuts = range(0, len(crowd) + 7, 7)
        return [ask(database, find_customers, among, limit=7, offset=cut, now=NOW) for cut in cuts]

    monkeypatch.setattr(listing, "_LOOKED_THROUGH", number)
    short = pages()
    monkeypatch.setattr(listing, "_LOOKED_THROUGH", 0)
    assert pages() == short


# ----------------------------------------------------------------------------------------- filters
@pytest.mark.parametrize(
    ("among", "emails"),
    [
        (CustomerFilter(), [ADA, BOB, EVE]),
        (CustomerFilter(search=" EXAMPLE "), [ADA, BOB]),
        (CustomerFilter(search="%"), []),
        (CustomerFilter(event_type="purchase"), [ADA, EVE]),
        (CustomerFilter(event_type="Purchase"), []),
        (CustomerFilter(seen_in_days=7), [ADA, BOB]),
        (CustomerFilter(unseen_for_days=7), [EVE]),
        (CustomerFilter(search="example", event_type="purchase"), [ADA]),
        (CustomerFilter(event_type="visit", seen_in_days=1), [BOB]),
        (CustomerFilter(event_type="visit", unseen_for_days=1), [ADA]),
        (CustomerFilter(seen_in_days=7, unseen_for_days=2), [ADA]),
    ],
)
@pytest.mark.parametrize("order", CUSTOMER_ORDERS)
def test_a_filter_leaves_those_who_fit_all_of_it(
    database: Database, among: CustomerFilter, emails: list[str], order: str
) -> None:
    did(database, ADA, "visit", ago(days=10))
    did(database, ADA, "purchase", ago(days=7))
    did(database, BOB, "visit")
    did(database, EVE, "purchase", ago(days=7) - TICK)
    assert sorted(listed(database, among, order=order)) == emails


@pytest.mark.parametrize(
    ("among", "window"),
    [
        (CustomerFilter(seen_in_days=3), {"lastDays": 3}),
        (CustomerFilter(unseen_for_days=3), {"olderThanDays": 3}),
    ],
)
def test_last_seen_means_the_same_in_the_list_and_in_a_segment(
    database: Database, among: CustomerFilter, window: dict[str, int]
) -> None:
    for number, hours in enumerate((0, 71, 72, 73, 500)):
        did(database, address(number), "visit", ago(hours=hours))
    rule = parse({"kind": "last_seen", "window": window})
    found = ask(database, preview, rule, now=NOW).customers
    assert listed(database, among, order="email", descending=False) == [m.email for m in found]


def test_a_segment_leaves_its_members(database: Database) -> None:
    bought(database, ADA)
    did(database, BOB, "visit")
    segment_id = saved(database, "purchase")
    nested = {"kind": "not", "rule": {"kind": "segment", "segmentId": str(segment_id)}}
    others = ask(database, create_segment, name="Others", definition=nested, now=NOW).id
    assert listed(database, CustomerFilter(segment_id=segment_id)) == [ADA]
    assert listed(database, CustomerFilter(segment_id=others)) == [BOB]
    assert listed(database, CustomerFilter(search="bob", segment_id=segment_id)) == []


def saved(database: Database, event_type: str, at: datetime = NOW) -> uuid.UUID:
    rule = {"kind": "event", "eventType": event_type}
    return ask(database, create_segment, name=event_type, definition=rule, now=at).id


def test_a_filter_that_cannot_be_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="search must be at most 254 characters"):
        listed(database, CustomerFilter(search="x" * 255))
    with pytest.raises(Invalid, match="event type must not contain NUL characters"):
        listed(database, CustomerFilter(event_type="a\0b"))
    with pytest.raises(Invalid, match="event type must not contain lone surrogates"):
        listed(database, CustomerFilter(event_type="\ud800"))
    with pytest.raises(NotFound, match="Segment not found"):
        listed(database, CustomerFilter(segment_id=uuid.uuid4()))


# ---------------------------------------------------------------------------------------- timeline
def test_a_timeline_is_cut_from_the_newest_event_on(database: Database) -> None:
    for number in range(5):
        did(database, ADA, f"type{number}", ago(days=number))
    bought(database, BOB)
    found = ask(database, find_events, customer_id(ADA), limit=2, offset=1)
    assert [each.type for each in found] == ["type1", "type2"]
    assert ask(database, count_events, customer_id(ADA)) == 5


@pytest.mark.parametrize(
    ("among", "types"),
    [
        (EventFilter(["visit"]), ["visit", "visit"]),
        (EventFilter(["visit", "login"]), ["visit", "login", "visit"]),
        (EventFilter(["Visit"]), []),
        (EventFilter(since=ago(days=3)), ["visit", "login", "purchase"]),
        (EventFilter(until=ago(days=3)), ["visit"]),
        (EventFilter(["visit"], ago(days=5), NOW + TICK), ["visit", "visit"]),
        (EventFilter(["visit"], ago(days=5) + TICK, NOW), []),
    ],
)
def test_a_timeline_has_the_types_and_the_time_that_are_asked_for(
    database: Database, among: EventFilter, types: list[str]
) -> None:
    for days, kind in [(0, "visit"), (1, "login"), (3, "purchase"), (5, "visit")]:
        did(database, ADA, kind, ago(days=days))
    found = ask(database, find_events, customer_id(ADA), among, limit=10)
    assert [each.type for each in found] == types
    assert ask(database, count_events, customer_id(ADA), among) == len(types)


def test_activity_comes_most_frequent_first(database: Database) -> None:
    for kind in ("b", "a", "c", "c"):
        did(database, ADA, kind)
    rows = ask(database, activity_by_type, customer_id(ADA))
    assert [(row.type, row.event_count) for row in rows] == [("c", 2), ("a", 1), ("b", 1)]


def test_days_are_those_of_the_reader_and_active_by_whatever_was_done(database: Database) -> None:
    # The clocks of Berlin went forward on the second of these days, which has 23 hours.
    starts = [datetime(2026, 3, day, tzinfo=ZoneInfo("Europe/Berlin")) for day in (28, 29, 30)]
    ends = datetime(2026, 3, 31, tzinfo=ZoneInfo("Europe/Berlin"))
    for at in (starts[0] - TICK, starts[0], starts[1] - TICK, starts[2] - TICK, ends):
        did(database, ADA, "visit", at)
    did(database, ADA, "rare", starts[2])
    did(database, BOB, "visit", starts[0])
    days = ask(database, customer_days, customer_id(ADA), ["visit"], starts, now=ends)
    assert (days.events, days.others, days.active) == ({"visit": [2, 1, 0]}, [0, 0, 1], 3)


def test_days_without_anything_are_not_active(database: Database) -> None:
    days = ask(
        database, customer_days, uuid.uuid4(), ["visit"], [ago(days=2), ago(days=1)], now=NOW
    )
    assert (days.events, days.others, days.active) == ({"visit": [0, 0]}, [0, 0], 0)


# ---------------------------------------------------------------------------------------- segments
def test_a_customer_is_in_the_segments_that_their_own_events_match(database: Database) -> None:
    bought(database, ADA)
    did(database, BOB, "visit")
    for event_type in ("visit", "purchase"):
        saved(database, event_type)
    nobody = {"kind": "not", "rule": {"kind": "event", "eventType": None}}
    ask(database, create_segment, name="Nobody", definition=nobody, now=NOW)
    named = {"kind": "email", "op": "contains", "value": "example"}
    ask(database, create_segment, name="Named", definition=named, now=NOW)
    found = ask(database, memberships, customer_id(ADA), 50, now=NOW)
    assert sorted(segment.name for segment in found.segments) == ["Named", "purchase"]
    assert (found.looked_at, found.total) == (4, 4)


def test_only_so_many_segments_are_looked_at_the_last_changed_first(database: Database) -> None:
    bought(database, ADA)
    for days in range(3):
        saved(database, "purchase", ago(days=days))
    found = ask(database, memberships, customer_id(ADA), 2, now=NOW)
    assert [segment.updated_at for segment in found.segments] == [NOW, ago(days=1)]
    assert (found.looked_at, found.total) == (2, 3)


def test_large_segments_are_looked_at_one_after_the_other(database: Database) -> None:
    often = "event_count_gte_in_last_days"
    for days in range(8):
        counts = [
            {"kind": often, "eventType": "visit", "days": 1 + days + number, "minCount": 2}
            for number in range(50)
        ]
        rule = {"kind": "any", "rules": counts}
        ask(database, create_segment, name=f"From {days}", definition=rule, now=ago(days=days))
    for _ in range(2):
        did(database, ADA, "visit", ago(days=54, hours=12))
    if database.kind == "sqlite":
        keep_to_values(database, 10_000)  # of which a statement for all of them has 29,000
    found = ask(database, memberships, customer_id(ADA), 50, now=NOW)
    assert [segment.name for segment in found.segments] == ["From 5", "From 6", "From 7"]


def keep_to_values(database: Database, number: int) -> None:
    """Have SQLite take no more values a statement; it depends on how it was built."""
    database.engine.dispose()

    @sa.event.listens_for(database.engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, number)


def test_whoever_is_not_there_is_in_no_segment(database: Database) -> None:
    assert ask(database, memberships, uuid.uuid4(), 50, now=NOW).segments == []
    saved(database, "purchase")
    assert ask(database, memberships, uuid.uuid4(), 50, now=NOW).segments == []


# -------------------------------------------------------------------------------------------- mail
def test_the_mail_of_a_customer_has_draft_and_send(database: Database) -> None:
    ada = bought(database, ADA, sku="MUG")
    bought(database, BOB)
    campaign_id = approved_campaign(database)
    (before,) = ask(database, mailings, ada, 10)
    assert (before.campaign_id, before.campaign) == (campaign_id, "Hello")
    assert (before.subject, before.draft_status) == ("Still thinking about MUG?", "approved")
    assert (before.send_status, before.sent_at) == (None, None)
    send_campaign(database, campaign_id, clock=lambda: NOW, sender=Recorder())
    (after,) = ask(database, mailings, ada, 10)
    assert (after.send_status, after.sent_at, after.error) == ("sent", NOW, None)


def test_mail_comes_newest_first_and_only_so_much(database: Database) -> None:
    ada = bought(database, ADA)
    campaigns = [approved_campaign(database) for _ in range(3)]
    assert len(ask(database, mailings, ada, 2)) == 2
    assert {each.campaign_id for each in ask(database, mailings, ada, 10)} == {*campaigns}


# ----------------------------------------------------------------------------------------- erasure
def test_what_is_said_before_an_erasure_is_what_goes(database: Database) -> None:
    buyers(database, 3)
    ada = bought(database, ADA, ago(days=1))
    did(database, ADA, "visit")
    send_campaign(database, approved_campaign(database), clock=lambda: NOW, sender=Recorder())
    approved_campaign(database)
    tables = (Event, EmailDraft, Send, Customer)
    before = [count_rows(database, table) for table in tables]
    said = ask(database, holdings, ada)
    ask(database, erase, ada)
    after = [count_rows(database, table) for table in tables]
    gone = [b - a for b, a in zip(before, after, strict=True)]
    assert said == Holdings(*gone[:3]) == Holdings(events=2, drafts=2, sends=1)
    assert gone[3] == 1


def test_of_nobody_nothing_is_held(database: Database) -> None:
    assert ask(database, holdings, uuid.uuid4()) == Holdings(0, 0, 0)
