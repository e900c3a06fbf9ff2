"""Events that arrive at the same moment share a transaction, and nothing else."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from pipeline.database import Database
from pipeline.errors import DatabaseError
from pipeline.events.incoming import NewEvent, parse
from pipeline.events.sharing import SharedTransactions
from pipeline.models import Customer, Event
from tests.factories import NOW, address, count_rows

CALLERS = 40


def visit(number: int, key: str | None = None) -> NewEvent:
    return parse({"email": address(number), "type": "visit"}, key=key, now=NOW)


def unstorable() -> NewEvent:
    """An event that no check lets through, and no database takes."""
    return visit(99)._replace(email=None)  # type: ignore[arg-type]


def store(database: Database, *events: NewEvent) -> list[bool | BaseException]:
    """What each of these callers hears, who all come at once."""

    async def all_at_once() -> list[bool | BaseException]:
        shared = SharedTransactions(database)
        calls = (shared.store(event, now=NOW) for event in events)
        return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(all_at_once())


@contextmanager
def commits(database: Database) -> Iterator[list[str]]:
    """Collects the transactions that end meanwhile."""
    found: list[str] = []

    def committed(_connection: sa.Connection) -> None:
        found.append("commit")

    sa.event.listen(database.engine, "commit", committed)
    yield found
    sa.event.remove(database.engine, "commit", committed)


def test_who_comes_at_the_same_moment_shares_a_transaction(database: Database) -> None:
    with commits(database) as found:
        assert store(database, *map(visit, range(CALLERS))) == [True] * CALLERS
    assert len(found) == 1
    assert count_rows(database, Event) == count_rows(database, Customer) == CALLERS


def test_who_comes_alone_is_stored_alone(database: Database) -> None:
    with commits(database) as found:
        assert store(database, visit(1)) == [True]
    assert len(found) == 1


def test_each_caller_hears_about_their_own_event(database: Database) -> None:
    store(database, visit(1, "seen"))
    events = [visit(1, "seen"), visit(1, "new"), visit(1, "new"), visit(2, "seen"), visit(1)]
    assert store(database, visit(3), *events) == [True, False, True, False, True, True]


def test_an_event_that_cannot_be_stored_harms_only_itself(database: Database) -> None:
    first, before, bad, after = store(database, visit(1), visit(2), unstorable(), visit(3))
    assert (first, before, after) == (True, True, True)
    assert isinstance(bad, sa.exc.IntegrityError)
    assert count_rows(database, Event) == 3


def test_who_comes_when_no_thread_is_to_be_had_is_told_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def to_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "to_thread", to_thread)
        heard = store(database, visit(1), visit(2))
    assert [str(each) for each in heard] == ["can't start new thread"] * 2
    assert store(database, visit(1)) == [True]


def test_a_database_that_is_down_is_asked_once_for_all(database: Database) -> None:
    attempts = []

    class Down(Database):
        def transact(self, work: object) -> None:  # type: ignore[override]
            attempts.append(work)
            raise DatabaseError("The database does not answer")

    heard = store(Down(database.engine), *map(visit, range(CALLERS)))
    assert [str(error) for error in heard] == ["The database does not answer"] * CALLERS
    assert len(attempts) == 1


@pytest.mark.parametrize("leaving", [0, 1])
def test_who_leaves_before_the_answer_takes_nobody_along(database: Database, leaving: int) -> None:
    async def one_leaves() -> list[bool | BaseException]:
        shared = SharedTransactions(database)
        calls = [asyncio.create_task(shared.store(visit(n), now=NOW)) for n in range(3)]
        await asyncio.sleep(0)
        calls[leaving].cancel()
        return await asyncio.gather(*calls, return_exceptions=True)

    heard = asyncio.run(one_leaves())
    assert isinstance(heard.pop(leaving), asyncio.CancelledError)
    assert heard == [True, True]
    assert count_rows(database, Event) == 3
