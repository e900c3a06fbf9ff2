"""Short ways to say who did what, in every test's own words."""

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from sqlalchemy.orm import Session

from pipeline.campaigns import create_campaign
from pipeline.customers import erase
from pipeline.database import Database
from pipeline.delivery import Message
from pipeline.drafts import generate_drafts, list_drafts, review_rest
from pipeline.events import Ingested, ingest, ingest_many
from pipeline.models import Base, Event
from pipeline.paging import Page
from pipeline.segments import create_segment

P = ParamSpec("P")
T = TypeVar("T")

#: The moment at which these tests take place; the fixture `now` is the same.
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
#: For so many days is the shop of the demo data open, once it is `shorten`ed.
SHORT = 15
#: Matches whoever `bought`.
BUYERS: dict[str, Any] = {"kind": "event_type_in_last_days", "eventType": "purchase", "days": 30}


def ago(**span: float) -> datetime:
    """`ago(days=3)`: that long before NOW."""
    return NOW - timedelta(**span)


# ------------------------------------------------------------------------------------ transactions
def ask(
    database: Database,
    function: Callable[Concatenate[Session, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """`function(session, …)` in a transaction of its own."""
    return database.transact(lambda session: function(session, *args, **kwargs))


@contextmanager
def taken_back(database: Database) -> Iterator[Session]:
    """A transaction of which nothing is kept; what was read in it stays readable."""
    with database.begin() as session:
        yield session
        session.expunge_all()
        session.rollback()


def blocks_another(session: Session) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    return bool(session.scalar(sa.text(waiting)))


def while_erased(database: Database, customers: Iterable[uuid.UUID], work: Callable[[], T]) -> T:
    """What `work` returned, each customer being erased until it waits for them. PostgreSQL only."""
    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        erasures = []
        for customer in sorted(customers):
            commit = stack.enter_context(ExitStack())
            session = commit.enter_context(database.begin())
            erase(session, customer)
            erasures.append((session, commit))
        done = pool.submit(work)
        for session, commit in erasures:
            while not (blocks_another(session) or done.done()):
                continue
            commit.close()
        return done.result()


#: For examples that share the fixture `database`, as each is `taken_back`.
one_database_for_all = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def count_rows(database: Database, table: type[Base], *where: sa.ColumnElement[bool]) -> int:
    with database.read() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(table).where(*where)).one()


def at_once(*works: Callable[[], T]) -> list[T | Exception]:
    """What each work returned or raised, all of them started at the same moment."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        start.wait(30)
        try:
            return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def all_pages(fetch: Callable[[str | None], Page[T]]) -> Iterator[list[T]]:
    """The rows of each page, following the cursors, none of which may come twice."""
    seen: list[str | None] = [None]
    while len(seen) == len(set(seen)):
        page = fetch(seen[-1])
        yield page.rows
        if page.next_cursor is None:
            return
        seen.append(page.next_cursor)
    raise AssertionError(f"the pages go round in a circle: {seen}")


# ------------------------------------------------------------------------------------ who did what
def event(
    email: str, event_type: str = "purchase", at: datetime = NOW, /, **fields: object
) -> dict[str, object]:
    """An event as it comes in."""
    return {"email": email, "type": event_type, "occurredAt": at.isoformat(), **fields}


def did(
    database: Database,
    email: str,
    event_type: str,
    at: datetime = NOW,
    properties: dict[str, object] | None = None,
    *,
    key: str | None = None,
) -> Ingested:
    fields = event(email, event_type, at, properties=properties or {})
    return ask(database, ingest, fields, key=key, now=NOW)


def bought(database: Database, email: str, at: datetime = NOW, *, sku: object = None) -> uuid.UUID:
    """The customer who bought something."""
    return did(database, email, "purchase", at, {"sku": sku} if sku else None).customer_id


def address(number: int) -> str:
    return f"c{number:03}@example.com"


def buyers(database: Database, number: int) -> list[str]:
    """The addresses of so many customers who bought something, in order."""
    emails = [address(each) for each in range(number)]
    ask(database, ingest_many, [event(email) for email in emails], now=NOW)
    return emails


def events_of(database: Database, customer_id: uuid.UUID) -> list[Event]:
    with database.read() as session:
        return list(session.scalars(sa.select(Event).where(Event.customer_id == customer_id)))


def knows_case(database: Database, capital: str) -> bool:
    """Whether the database's own locale has the small letter of a capital one."""
    with database.read() as session:
        small = sa.func.lower(sa.literal(capital))
        return session.scalars(sa.select(small)).one() == capital.lower()


def vanish(database: Database, table: str, id_: uuid.UUID) -> None:
    """Delete a row and nothing that refers to it, as tools without foreign keys do.

    For a database that is the test's own: on PostgreSQL its foreign keys are no longer validated.
    """
    delete = f"DELETE FROM {table} WHERE id = '{id_.hex}'"
    if database.kind == "sqlite":
        with closing(sqlite3.connect(str(database.engine.url.database))) as tool, tool:
            tool.execute(delete)
        return
    keys = sa.text(
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = cast(:name AS regclass)"
    )
    with database.begin() as session:
        for theirs, name, definition in session.execute(keys, {"name": table}).all():
            alter = f"ALTER TABLE {theirs} DROP CONSTRAINT {name}"
            again = f"ALTER TABLE {theirs} ADD CONSTRAINT {name} {definition}"
            delete = f"{alter}; {delete}; {again} {'' if 'NOT VALID' in again else 'NOT VALID'}"
        session.connection().exec_driver_sql(delete)


# --------------------------------------------------------------------------------------- campaigns
def campaign(database: Database, definition: dict[str, Any] = BUYERS) -> uuid.UUID:
    """A new campaign to the audience of a definition."""

    def create(session: Session) -> uuid.UUID:
        segment = create_segment(session, name="Audience", definition=definition, now=NOW)
        return create_campaign(session, name="Hello", segment_id=segment.id, now=NOW).id

    return database.transact(create)


def approved_campaign(database: Database) -> uuid.UUID:
    """A new campaign to all buyers there are, every draft approved."""
    campaign_id = campaign(database)
    generate_drafts(database, campaign_id, now=NOW)
    ask(database, review_rest, campaign_id, "approved", now=NOW)
    return campaign_id


def draft_statuses(database: Database, campaign_id: uuid.UUID) -> dict[str, str]:
    """The status of each draft, by e-mail."""
    rows = ask(database, list_drafts, campaign_id)
    return {customer.email: draft.status for draft, customer in rows}


class Recorder:
    """A sender that delivers everything, and keeps the addresses in `mailed`."""

    def __init__(self, batch_size: int = 10) -> None:
        self.batch_size = batch_size
        self.mailed: list[str] = []

    def send(self, message: Message) -> None:
        self.mailed.append(message.to)


class Dying:
    """A sender that is interrupted while it has a message in its hands."""

    batch_size = 1

    def send(self, _: Message) -> None:
        raise KeyboardInterrupt


# -------------------------------------------------------------------------------------- demo data
def shorten(patch: pytest.MonkeyPatch) -> None:
    """Have the demo's shop opened later, to fewer customers."""
    patch.setattr("pipeline.demo.loading._DAYS", SHORT)
    patch.setattr("pipeline.demo.customers._REGULARS", 200)
