"""Ingest: stored together, once per key, and `activity` always in step with the events."""

import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pipeline.customers import erase
from pipeline.database import Database
from pipeline.errors import Invalid, NotFound
from pipeline.events import BatchResult, Ingested, Rejected, ingest, ingest_many
from pipeline.events.incoming import parse
from pipeline.events.storing import store
from pipeline.ids import customer_id
from pipeline.models import Activity, Customer, CustomerActivity, Event
from tests.factories import (
    NOW,
    address,
    ago,
    ask,
    at_once,
    blocks_another,
    count_rows,
    did,
    event,
    events_of,
    one_database_for_all,
    taken_back,
)

ADA = "ada@example.com"
BOB = "bob@example.com"

Profiles = dict[tuple[uuid.UUID, str], tuple[int, datetime, datetime]]


def profiles(session: Session) -> Profiles:
    """What `activity` says."""
    return {
        (row.customer_id, row.type): (row.event_count, row.first_at, row.last_at)
        for row in session.scalars(sa.select(Activity))
    }


def recomputed(session: Session) -> Profiles:
    """What `activity` must say, from the events."""
    times = defaultdict(list)
    for row in session.scalars(sa.select(Event)):
        times[row.customer_id, row.type].append(row.occurred_at)
    return {key: (len(found), min(found), max(found)) for key, found in times.items()}


def in_step(database: Database) -> bool:
    with database.read() as session:
        return profiles(session) == recomputed(session)


# --------------------------------------------------------------------------------------- one event
def test_an_event_and_its_customer_are_stored_together(database: Database) -> None:
    at, properties = ago(days=3), {"sku": "A-1", "amount": 7}
    result = did(database, "Ada@example.com", "purchase", at, properties, key="order-1")
    assert result == Ingested(True, result.event_id, customer_id(ADA))
    (stored,) = events_of(database, result.customer_id)
    assert (stored.id, stored.type, stored.properties) == (result.event_id, "purchase", properties)
    assert (stored.occurred_at, stored.idempotency_key, stored.created_at) == (at, "order-1", NOW)
    with database.read() as session:
        ada = session.scalars(sa.select(Customer)).one()
    assert (ada.id, ada.email, ada.created_at) == (result.customer_id, ADA, NOW)


def test_a_refused_event_leaves_no_customer_behind(database: Database) -> None:
    with pytest.raises(Invalid, match="occurredAt is in the future"):
        did(database, ADA, "purchase", NOW + timedelta(hours=1))
    assert count_rows(database, Customer) == 0


def test_nothing_is_stored_when_the_transaction_fails(database: Database) -> None:
    def fail_afterwards(session: Session) -> None:
        ingest(session, event(ADA), now=NOW)
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        database.transact(fail_afterwards)
    assert count_rows(database, Customer) == count_rows(database, Activity) == 0


def test_the_same_key_again_is_the_first_event_whatever_the_payload(database: Database) -> None:
    first = did(database, ADA, "purchase", ago(days=2), {"sku": "A-1"}, key="k")
    again = did(database, " ADA@example.com", "visit", NOW, {"sku": "B-2"}, key=" k ")
    assert again == Ingested(False, first.event_id, first.customer_id)
    (stored,) = events_of(database, first.customer_id)
    assert (stored.type, stored.properties) == ("purchase", {"sku": "A-1"})
    assert in_step(database)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((ADA, "k"), (BOB, "k")),
        ((ADA, "k"), (ADA, "K")),
        ((ADA, "k"), (ADA, "k1")),
        ((ADA, None), (ADA, None)),
        ((ADA, " "), (ADA, "")),
    ],
)
def test_another_customer_another_key_and_no_key_make_a_new_event(
    database: Database, first: tuple[str, str | None], second: tuple[str, str | None]
) -> None:
    results = [did(database, email, "visit", key=key) for email, key in (first, second)]
    assert [result.created for result in results] == [True, True]
    assert count_rows(database, Event) == 2


def test_a_customer_stays_as_old_as_their_first_event_to_arrive(database: Database) -> None:
    ask(database, ingest, event(ADA, "visit", ago(days=9)), now=ago(days=2))
    ask(database, ingest, event(ADA), now=NOW)
    with database.read() as session:
        assert session.scalars(sa.select(Customer.created_at)).all() == [ago(days=2)]


def test_activity_counts_and_knows_the_first_and_last_time_of_each_type(
    database: Database,
) -> None:
    for days in (3, 9, 1):
        did(database, ADA, "visit", ago(days=days))
    did(database, ADA, "Visit", ago(days=5))
    did(database, BOB, "visit", ago(days=7))
    ada, bob = customer_id(ADA), customer_id(BOB)
    with database.read() as session:
        assert profiles(session) == {
            (ada, "visit"): (3, ago(days=9), ago(days=1)),
            (ada, "Visit"): (1, ago(days=5), ago(days=5)),
            (bob, "visit"): (1, ago(days=7), ago(days=7)),
        }


# ------------------------------------------------------------------------------------------- batch
def test_good_rows_of_a_batch_are_stored_though_others_are_refused(database: Database) -> None:
    items = [
        event(ADA, idempotencyKey="k"),
        {"type": "visit"},
        event(ADA, idempotencyKey="k"),
        5,
        event(BOB, idempotencyKey="k"),
        event(BOB, idempotencyKey=7),
        event(ADA),
        event(ADA),
    ]
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(
        created=4,
        duplicates=1,
        rejected=[
            Rejected(1, "Email is required"),
            Rejected(3, "Email is required"),
            Rejected(5, "idempotencyKey must be a string"),
        ],
    )
    assert count_rows(database, Event) == 4
    assert in_step(database)


def test_of_two_rows_with_one_key_the_first_counts(database: Database) -> None:
    items = [
        event(ADA, kind, idempotencyKey=key)
        for kind, key in [("visit", "k"), ("purchase", "k"), ("purchase", "l"), ("visit", "l")]
    ]
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(2, 2, [])
    stored = events_of(database, customer_id(ADA))
    assert {row.idempotency_key: row.type for row in stored} == {"k": "visit", "l": "purchase"}


def test_a_batch_again_stores_only_what_is_new(database: Database) -> None:
    items = [event(address(n % 3), idempotencyKey=f"k{n}") for n in range(7)]
    assert ask(database, ingest_many, items[:4], now=NOW) == BatchResult(4, 0, [])
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(3, 4, [])
    assert count_rows(database, Event) == 7
    assert in_step(database)


@pytest.mark.parametrize("items", [[], [{}], [None, 1, "x"]], ids=repr)
def test_a_batch_without_a_good_row_stores_nothing(database: Database, items: list[object]) -> None:
    rejected = [Rejected(index, "Email is required") for index in range(len(items))]
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(0, 0, rejected)
    assert count_rows(database, Customer) == 0


def test_a_batch_of_5000_is_stored(database: Database) -> None:
    items = [event(address(n % 800), "visit", ago(minutes=n)) for n in range(5_000)]
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(5_000, 0, [])
    assert count_rows(database, Customer) == 800
    assert in_step(database)


def test_store_tells_how_many_events_and_customers_were_new(database: Database) -> None:
    did(database, ADA, "visit", key="k")
    incoming = [
        parse(event(email), key=key, now=NOW) for email, key in [(ADA, "k"), (BOB, "k"), (BOB, "l")]
    ]
    stored = ask(database, store, incoming, now=NOW)
    assert stored.events == 2
    assert stored.new_customers == 1
    assert ask(database, store, incoming, now=NOW).new_customers == 0


# -------------------------------------------------------------------------------- comes back intact
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NO_SPACE = STORABLE.filter(lambda text: text and not any(c.isspace() or c == "@" for c in text))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-(10**20), 10**20, places=25)
    | STORABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STORABLE, inner, max_size=4),
    max_leaves=10,
)


def written(value: object) -> object:
    """JSON as written, each number as its exact value."""
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)) if number else value


@given(
    email=st.builds("{}@{}.{}".format, NO_SPACE, NO_SPACE, NO_SPACE),
    event_type=STORABLE.filter(str.strip),
    properties=st.dictionaries(STORABLE, JSON, max_size=5),
    key=STORABLE,
    at=st.datetimes(datetime(1970, 1, 1), NOW.replace(tzinfo=None)),  # noqa: DTZ001
)
@one_database_for_all
def test_whatever_is_accepted_comes_back_as_it_was_written(
    database: Database,
    email: str,
    event_type: str,
    properties: dict[str, Any],
    key: str,
    at: datetime,
) -> None:
    fields = event(email, event_type, at, properties=properties)
    with taken_back(database) as session:
        result = ingest(session, fields, key=key, now=NOW)
        stored = session.get_one(Event, (result.customer_id, result.event_id))
        owner = session.get_one(Customer, result.customer_id)
    assert (owner.email, stored.type) == (email.strip().lower(), event_type.strip())
    assert written(stored.properties) == written(properties)
    assert stored.idempotency_key == (key.strip() or None)
    assert stored.occurred_at.replace(tzinfo=None) == at


@pytest.mark.parametrize(
    "text", ["\\.", "\\N", '"', 'a"b', "a,b", "a\n\\.\nb", "a\r\nb", "NULL", "'"]
)
def test_a_large_batch_takes_any_text_as_it_is(database: Database, text: str) -> None:
    fields = {"properties": {text: text}, "idempotencyKey": f"{text} {text}"}
    items = [event(address(n), text, **fields) for n in range(1_200)]
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(1_200, 0, [])
    assert ask(database, ingest_many, items, now=NOW) == BatchResult(0, 1_200, [])
    with database.read() as session:
        stored = session.execute(
            sa.select(Event.type, Event.properties, Event.idempotency_key).distinct()
        )
        assert [tuple(row) for row in stored] == [(text, {text: text}, f"{text} {text}")]


# ----------------------------------------------------------------------------------------- activity
@dataclass(frozen=True)
class Happening:
    """One step of an interleaving, done to the database and to a plain model of it."""

    kind: str  # ingest, batch or erase
    who: str
    events: list[tuple[str, str, int, str | None]]  # email, type, minutes ago, key

    def fields(self) -> list[dict[str, object]]:
        return [
            event(email, event_type, ago(minutes=minutes), idempotencyKey=key)
            for email, event_type, minutes, key in self.events
        ]

    def apply(self, session: Session) -> None:
        if self.kind == "batch":
            ingest_many(session, self.fields(), now=NOW)
        elif self.kind == "ingest":
            for fields in self.fields():
                ingest(session, fields, key=fields["idempotencyKey"], now=NOW)
        elif session.get(Customer, customer_id(self.who)):
            erase(session, customer_id(self.who))

    def remember(self, seen: list[tuple[str, str, int, str | None]]) -> None:
        if self.kind == "erase":
            seen[:] = [row for row in seen if row[0] != self.who]
            return
        for row in self.events:
            keys = {(email, key) for email, _, _, key in seen if key}
            if (row[0], row[3]) not in keys:
                seen.append(row)


PEOPLE = st.sampled_from([ADA, BOB, "eve@example.com"])
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["ingest", "batch", "ingest", "batch", "erase"]),
        PEOPLE,
        st.lists(
            st.tuples(
                PEOPLE,
                st.sampled_from(["visit", "Visit", "purchase"]),
                st.integers(0, 9),
                st.sampled_from([None, "k", "K", "l"]),
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    max_size=12,
)


@pytest.mark.no_cover
@given(HAPPENINGS)
@one_database_for_all
def test_activity_and_events_are_what_arrived_in_any_order(
    database: Database, happenings: list[Happening]
) -> None:
    expected: list[tuple[str, str, int, str | None]] = []
    with taken_back(database) as session:
        for happening in happenings:
            happening.apply(session)
            happening.remember(expected)
            session.expire_all()
            assert profiles(session) == recomputed(session)
        rows = session.execute(sa.select(Customer.email, Event).join(Event))
        found = [(email, row.type, row.occurred_at, row.idempotency_key) for email, row in rows]
        people = session.scalars(sa.select(Customer.email)).all()
    by_text = partial(sorted, key=repr)
    assert by_text(found) == by_text((e, t, ago(minutes=m), k) for e, t, m, k in expected)
    assert set(people) >= {email for email, *_ in expected}


# ------------------------------------------------------------------------------------- concurrency
CALLERS = 32


def counting(
    database: Database, work: Callable[[Session], Any], attempts: list[int]
) -> Callable[[], Any]:
    """`work` in a transaction, `attempts` growing by one each time it is tried."""

    def attempt(session: Session) -> Any:
        attempts.append(1)
        return work(session)

    return lambda: database.transact(attempt)


def test_of_32_callers_with_one_key_one_creates_the_event(database: Database) -> None:
    once = partial(did, database, ADA, "purchase", key="k")
    results = at_once(*[once] * CALLERS)
    assert {type(result) for result in results} == {Ingested}
    assert sorted(result.created for result in results) == [False] * 31 + [True]
    assert len({result.event_id for result in results}) == 1
    assert count_rows(database, Event) == count_rows(database, Customer) == 1
    assert in_step(database)


def test_the_first_32_events_of_a_customer_may_arrive_at_once(database: Database) -> None:
    kinds = ["visit", "purchase"] * (CALLERS // 2)
    works = [partial(did, database, ADA, kind, ago(hours=n)) for n, kind in enumerate(kinds)]
    results = at_once(*works)
    assert all(result.created for result in results)
    assert (count_rows(database, Customer), count_rows(database, Event)) == (1, 32)
    assert in_step(database)


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize("known", [True, False])
def test_batches_in_opposite_orders_never_wait_in_a_circle(
    database: Database, key: str | None, known: bool
) -> None:
    people = [address(n) for n in range(500)]
    items = [event(email, idempotencyKey=key) for email in people]
    if known:
        ask(database, ingest_many, [event(email, "signup") for email in people], now=NOW)
    attempts: list[int] = []
    batches = [batch for n in range(6) for batch in (items[n * 10 :], items[n * 10 :][::-1])]
    results = at_once(
        *(
            counting(database, partial(ingest_many, items=batch, now=NOW), attempts)
            for batch in batches
        )
    )
    assert len(attempts) == len(batches)
    sent = sum(map(len, batches))
    assert sum(result.created + result.duplicates for result in results) == sent
    assert sum(result.created for result in results) == (500 if key else sent)
    assert in_step(database)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_customer_is_waited_for_before_their_event_is_written(database: Database) -> None:
    # The other way round each would hold what the other one waits for.
    attempts: list[int] = []
    ingest_it = partial(ingest, fields=event(ADA), key="k", now=NOW)
    with ThreadPoolExecutor(1) as pool, database.begin() as session:
        ingest(session, event(ADA), now=NOW)
        second = pool.submit(counting(database, ingest_it, attempts))
        while not blocks_another(session):
            assert not second.done()
        first = ingest_it(session)
    assert (first.created, second.result().created) == (True, False)
    assert len(attempts) == 1


def test_batches_of_one_transaction_are_stored_alike(database: Database) -> None:
    batches = [[event(address(number)) for number in range(1_000)] for _ in range(2)]
    with database.begin() as session:
        results = [ingest_many(session, batch, now=NOW) for batch in batches]
    assert [each.created for each in results] == [1_000, 1_000]
    assert count_rows(database, Event) == 2_000


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_customer_who_is_erased_while_a_batch_is_stored_is_there_again(
    database: Database,
) -> None:
    batch = [event(address(number)) for number in range(1_000)]
    ask(database, ingest_many, batch, now=NOW)
    first, *_, last = sorted(customer_id(address(number)) for number in range(1_000))
    attempts: list[int] = []
    store_it = counting(database, partial(ingest_many, items=batch, now=NOW), attempts)
    with ThreadPoolExecutor(1) as pool, database.begin() as session:
        session.get(CustomerActivity, first, with_for_update=True)
        stored = pool.submit(store_it)
        while not blocks_another(session):
            assert not stored.done()
        ask(database, erase, last)
    assert stored.result().created == 1_000
    assert len(attempts) == 1
    assert count_rows(database, Event) == 1_999


def test_a_customer_may_be_erased_while_their_events_arrive(database: Database) -> None:
    def arrive(caller: int) -> list[Ingested]:
        return [did(database, ADA, "visit", key=f"{caller}.{n}") for n in range(5)]

    def erase_often() -> None:
        # Fewer times than an ingest is tried.
        for _ in range(4):
            try:
                ask(database, erase, customer_id(ADA))
            except NotFound:
                continue

    results = at_once(*(partial(arrive, caller) for caller in range(8)), erase_often)
    assert results[-1] is None
    assert all(event.created for arrived in results[:-1] for event in arrived)
    assert count_rows(database, Event) <= 40
    assert in_step(database)
