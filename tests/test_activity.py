"""`activity` can be checked against the events, and written anew while ingest goes on."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pipeline.activity import EVERYBODY, Rebuilt, disagreements, ranges, rebuild, some
from pipeline.activity.rebuilding import rebuild_some
from pipeline.database import Database
from pipeline.ids import customer_id
from pipeline.models import PROFILES, Activity, CustomerActivity, Event
from tests.factories import (
    NOW,
    address,
    ago,
    ask,
    at_once,
    count_rows,
    did,
    one_database_for_all,
    taken_back,
    vanish,
)
from tests.files import everything

DAMAGE = {
    "a row is missing": sa.delete(Activity).where(Activity.type == "visit"),
    "a count is wrong": sa.update(Activity).values(event_count=Activity.event_count + 1),
    "a time is wrong": sa.update(Activity).values(last_at=NOW),
    "a row is too many": sa.update(Activity)
    .where(Activity.type == "visit")
    .values(type="never done"),
    "a customer's row is missing": sa.delete(CustomerActivity),
    "a customer's newest moments are wrong": sa.update(CustomerActivity).values(newest_at=[NOW]),
}


@pytest.fixture
def shop(database: Database) -> Database:
    """Seven customers with two types of event each."""
    for number in range(7):
        did(database, address(number), "visit", ago(days=number))
        did(database, address(number), "visit", ago(days=number, hours=1))
        did(database, address(number), "purchase", ago(days=number))
    return database


def damage(database: Database, how: str) -> None:
    with database.begin() as session:
        session.execute(DAMAGE[how])


def test_what_ingest_writes_agrees_with_the_events(shop: Database) -> None:
    assert ask(shop, disagreements) == 0


@pytest.mark.parametrize(
    ("how", "wrong"),
    [("a row is missing", 7), ("a count is wrong", 14), ("a time is wrong", 12),
     ("a row is too many", 14), ("a customer's row is missing", 7),
     ("a customer's newest moments are wrong", 7)],
)  # fmt: skip
def test_whatever_is_wrong_is_counted_and_mended(
    shop: Database, monkeypatch: pytest.MonkeyPatch, how: str, wrong: int
) -> None:
    monkeypatch.setattr(ranges, "CHUNK", 2)
    right = everything(shop)
    damage(shop, how)
    assert ask(shop, disagreements) == wrong
    assert rebuild(shop) == Rebuilt(7, wrong)
    assert everything(shop) == right
    assert rebuild(shop) == Rebuilt(7, 0)


def test_an_interrupted_rebuild_is_finished_by_another(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "CHUNK", 2)
    damage(shop, "a count is wrong")

    def interrupt(done: int, total: int) -> None:
        assert (done, total) == (2, 7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(shop, on_progress=interrupt)
    assert ask(shop, disagreements) == 10
    assert rebuild(shop) == Rebuilt(7, 10)


@pytest.mark.parametrize("number", [7, 8, 100])
def test_everybody_is_in_some_ranges_once_when_they_are_few(
    shop: Database, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(ranges, "CHUNK", number)
    damage(shop, "a count is wrong")
    found = [ask(shop, disagreements, each) for each in ask(shop, some)]
    assert sum(found) == 14


def test_some_ranges_have_no_more_customers_than_a_chunk(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "CHUNK", 3)
    damage(shop, "a row is missing")
    for _ in range(5):
        found = [ask(shop, disagreements, each) for each in ask(shop, some)]
        assert 3 <= sum(found) < 6


def test_the_profile_of_a_customer_who_is_not_there_is_cleared_away(separate: Database) -> None:
    gone = did(separate, "gone@example.com", "visit").customer_id
    vanish(separate, "customers", gone)
    assert count_rows(separate, Event) == count_rows(separate, Activity) == 1
    assert rebuild(separate) == Rebuilt(0, 2)
    assert count_rows(separate, Activity) == count_rows(separate, CustomerActivity) == 0
    assert rebuild(separate) == Rebuilt(0, 0)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_customer_who_comes_in_the_middle_of_a_rebuild_is_counted_once(shop: Database) -> None:
    damage(shop, "a count is wrong")

    newcomers = ["new@example.com"]

    @sa.event.listens_for(shop.engine, "after_cursor_execute")
    def come(*arguments: Any) -> None:
        if newcomers and arguments[2].startswith("DELETE FROM activity"):
            did(shop, newcomers.pop(), "visit")

    assert rebuild(shop) == Rebuilt(7, 14)
    assert newcomers == []
    assert ask(shop, disagreements) == 0


def test_an_empty_pipeline_has_nothing_to_rebuild(database: Database) -> None:
    assert rebuild(database) == Rebuilt(0, 0)


def test_events_that_come_during_a_rebuild_are_counted(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "CHUNK", 2)
    damage(shop, "a count is wrong")
    writers = [
        lambda number=number: [did(shop, address(number), "visit") for _ in range(15)]
        for number in range(7)
    ]
    outcomes = at_once(lambda: rebuild(shop), *writers)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert ask(shop, disagreements) == 0


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_rebuild_and_an_event_never_wait_for_each_other_in_a_circle(shop: Database) -> None:
    damage(shop, "a count is wrong")
    deadlocks: list[object] = []
    hear = deadlocks.append
    sa.event.listen(shop.engine, "handle_error", hear)
    with ThreadPoolExecutor(2) as pool, shop.begin() as session:
        session.get(Activity, (customer_id(address(3)), "visit"), with_for_update=True)
        stored = pool.submit(did, shop, address(3), "visit")
        wait_for(1, session, stored)
        rebuilt = pool.submit(rebuild, shop)
        wait_for(2, session, rebuilt)
    sa.event.remove(shop.engine, "handle_error", hear)  # it hears of all tests' errors
    assert stored.result().created
    assert (rebuilt.result(), deadlocks) == (Rebuilt(7, 14), [])
    assert ask(shop, disagreements) == 0


def wait_for(number: int, session: Session, job: Future[Any]) -> None:
    """Until so many transactions wait for another."""
    waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    while session.scalar(sa.text(waiting)) != number:
        assert not job.done()


@pytest.mark.no_cover
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 50))))
@one_database_for_all
def test_rebuilding_after_any_loss_gives_what_ingest_had_written(
    database: Database, events: list[tuple[int, str, int]]
) -> None:
    from pipeline.events import ingest_many
    from tests.factories import event

    items = [event(address(who), what, ago(hours=hours)) for who, what, hours in events]
    with taken_back(database) as session:
        ingest_many(session, items, now=NOW)
        written = profiles(session)
        for table in PROFILES:
            session.execute(sa.delete(table))
        rebuild_some(session, EVERYBODY)
        assert profiles(session) == written


def profiles(session: Session) -> list[Sequence[Any]]:
    tables = (table.__table__ for table in PROFILES)
    return [
        session.execute(sa.select(table).order_by(*table.primary_key)).all() for table in tables
    ]
