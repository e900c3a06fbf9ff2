import shutil
import subprocess
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.orm import Session

from pipeline import database as databases
from pipeline import exact_json
from pipeline.catalogue import type_names
from pipeline.database import Database, connect, look_at
from pipeline.database.once import Once
from pipeline.errors import DatabaseError, TooSlow
from pipeline.models import Activity, Base, Customer, Segment, is_for
from pipeline.rules import parse
from pipeline.segments import preview
from pipeline.settings import Settings
from pipeline.sql import (
    WHITESPACE,
    Json,
    Timestamp,
    greatest,
    insert,
    json_rows,
    json_string,
    kind_of,
    least,
    text,
    timestamp_text,
)
from tests.factories import BUYERS, NOW, did

only_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)

MOMENT = datetime(2026, 6, 15, 12, tzinfo=UTC)


@contextmanager
def connected(url: str) -> Iterator[Database]:
    database = connect(url)
    yield database
    database.close()


def prepare(url: str, statement: str) -> None:
    """Do something to a database that our program has not seen yet."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def refusal(url: str) -> str:
    with pytest.raises(DatabaseError) as caught:
        connect(url)
    return str(caught.value)


def customer(email: str = "ada@example.com", created_at: datetime = MOMENT) -> Customer:
    return Customer(id=uuid.uuid4(), email=email, created_at=created_at, updated_at=MOMENT)


def segment(definition: dict[str, Any]) -> Segment:
    return Segment(
        id=uuid.uuid4(), name="", definition=definition, created_at=MOMENT, updated_at=MOMENT
    )


def activity(who: Customer) -> Activity:
    return Activity(
        customer_id=who.id,
        type="visit",
        event_count=1,
        first_at=MOMENT,
        last_at=MOMENT,
        newest_at=[MOMENT],
    )


def emails(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Customer.email).order_by(Customer.email)))


def store(database: Database, *rows: Base) -> None:
    with database.begin() as session:
        session.add_all(rows)


# ---------------------------------------------------------------------------------------- schema
def test_migrations_and_models_describe_the_same_schema(database_url: str) -> None:
    with connected(database_url) as database, database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda item, *_: is_for(item, connection.dialect.name),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


@only_postgresql
def test_every_text_column_sorts_by_code_point_whatever_the_servers_locale(
    database: Database,
) -> None:
    columns = sa.text(
        "SELECT table_name || '.' || column_name, collation_name FROM information_schema.columns"
        " WHERE data_type = 'character varying' AND table_name <> 'alembic_version'"
        " AND table_schema = 'public'"
    )
    with database.read() as session:
        collations = session.execute(columns).all()
    assert ("customers.email", "C") in collations
    assert {collation for _, collation in collations} == {"C"}


def test_connecting_again_keeps_what_is_stored(database_url: str) -> None:
    with connected(database_url) as database:
        store(database, customer())
    with connected(database_url) as database, database.read() as session:
        assert emails(session) == ["ada@example.com"]


def test_eight_threads_may_connect_to_an_empty_database_at_once(database_url: str) -> None:
    start = threading.Barrier(8)

    def attempt(_: int) -> None:
        start.wait(10)
        with connected(database_url) as database:
            database.ping()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(8)))


@pytest.mark.no_cover
def test_processes_may_connect_to_an_empty_database_at_once(database_url: str) -> None:
    program = (
        "import sys; from pipeline.database import connect; from pipeline import migrations\n"
        "print('ready', flush=True); sys.stdin.readline(); connect(sys.argv[1]).ping()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert outcomes == [("", 0)] * 4


def test_a_schema_newer_than_the_program_is_refused(database_url: str) -> None:
    with connected(database_url) as database, database.begin() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert refusal(database_url) == (
        "The database's schema (9999) is newer than this program knows (0012); update the program"
    )


def test_a_database_with_a_foreign_table_of_the_same_name_is_refused(database_url: str) -> None:
    prepare(database_url, "CREATE TABLE customers (id INTEGER)")
    assert "customers already exists" in refusal(database_url).replace('"', "")


@only_postgresql
def test_a_database_in_which_no_table_can_be_made_is_refused(database_url: str) -> None:
    name = sa.make_url(database_url).database
    prepare(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "read-only" in refusal(database_url)


@only_postgresql
def test_a_database_that_has_become_read_only_says_so(database_url: str) -> None:
    connect(database_url).close()
    name = sa.make_url(database_url).database
    prepare(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with connected(database_url) as database, pytest.raises(DatabaseError, match="read-only"):
        did(database, "ada@example.com", "visit")


def test_a_damaged_file_says_so(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "damaged.db"
    whole = sqlite_template.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with (
        closing(look_at(f"sqlite:///{file}")) as database,
        pytest.raises(DatabaseError, match="malformed"),
    ):
        did(database, "ada@example.com", "visit")


# ---------------------------------------------------------------------------------- as it is
def test_looking_at_a_database_makes_no_tables_in_it(database_url: str) -> None:
    prepare(database_url, "CREATE TABLE theirs (id INTEGER)")
    database = look_at(database_url)
    with database.read() as session:
        assert sa.inspect(session.connection()).get_table_names() == ["theirs"]
    database.close()


@pytest.mark.parametrize("url", ["sqlite:///{}/new/a b?.db", "sqlite:///file:{}/a.db?uri=true"])
def test_looking_at_a_file_that_is_not_there_makes_none(tmp_path: Path, url: str) -> None:
    database = look_at(url.format(tmp_path))
    with pytest.raises(DatabaseError, match="unable to open database file"):
        database.ping()
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_looking_at_a_file_leaves_every_byte_of_it(sqlite_template: Path) -> None:
    before = sqlite_template.read_bytes()
    with_option = f"sqlite:///file:{sqlite_template}?cache=private&uri=true"
    for url in (f"sqlite:///{sqlite_template}", with_option):
        database = look_at(url)
        database.ping()
        database.close()
    assert sqlite_template.read_bytes() == before
    assert [path.name for path in sqlite_template.parent.iterdir()] == [sqlite_template.name]


def test_an_address_is_shown_without_its_password() -> None:
    database = look_at("postgres://ada:secret@127.0.0.1:1/shop?sslpassword=secret")
    assert database.address == "postgresql://ada:***@127.0.0.1:1/shop"


# ----------------------------------------------------------------------------------- bad addresses
@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("mysql://ada:secret@localhost/shop", "mysql"),
        ("oracle+oracledb://localhost", "oracle"),
        ("duckdb:///shop.duckdb", "duckdb"),
        ("https://example.com", "https"),
    ],
)
def test_an_unsupported_database_is_refused_by_name(url: str, kind: str) -> None:
    assert refusal(url) == (
        f"DATABASE_URL names the unsupported database '{kind}';"
        " expected sqlite:///FILE or postgresql://USER@HOST/NAME"
    )


@pytest.mark.parametrize("url", ["", "shop.db", "://", "postgresql://ada:secret@localhost:port/x"])
def test_what_is_not_a_url_is_refused_without_repeating_it(url: str) -> None:
    assert refusal(url) == (
        "DATABASE_URL is not a URL; expected sqlite:///FILE or postgresql://USER@HOST/NAME"
    )


def test_an_at_in_a_password_is_refused_without_repeating_any_of_it() -> None:
    said = refusal("postgresql://ada:se@cret@127.0.0.1:1/shop")
    assert said == "DATABASE_URL has more than one @; an @ in a password is written %40"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite://shop.db",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:shop?mode=memory&uri=true",
    ],
)
def test_sqlite_in_memory_is_refused(url: str) -> None:
    assert refusal(url) == "DATABASE_URL names no file; expected sqlite:///FILE"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:secret@127.0.0.1:1/shop", "postgresql://ada:***@127.0.0.1:1/shop"),
        ("postgres://ada:secret@127.0.0.1:1/shop", "postgresql://ada:***@127.0.0.1:1/shop"),
        (
            "postgresql+psycopg2://ada@127.0.0.1:1/shop?password=secret&sslpassword=secret",
            "postgresql://ada@127.0.0.1:1/shop",
        ),
    ],
)
def test_an_unreachable_server_is_named_without_its_password(url: str, shown: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        connect(url)
    assert str(caught.value).startswith(f"The database at {shown} does not answer (")
    assert str(caught.value).endswith("); start it or correct DATABASE_URL")
    assert "\n" not in str(caught.value)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_an_env_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # root, whom tests may run as, may read everything but this
    (tmp_path / ".env").symlink_to("/proc/self/mem")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    with pytest.raises(DatabaseError) as caught:
        connect()
    assert str(caught.value) == ".env cannot be read: Input/output error"


def test_an_unknown_option_in_the_url_is_refused() -> None:
    said = refusal("postgresql://ada:secret@127.0.0.1:1/shop?colour=red")
    assert "colour" in said
    assert "DATABASE_URL" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////nowhere/x.db?timeout=abc", "could not convert string to float: 'abc'"),
        ("sqlite:////nowhere/x.db?uri=maybe", "String is not true/false: 'maybe'"),
        ("sqlite:////nowhere/x.db?timeout=1&timeout=2", "float() argument must be"),
        ("postgresql://ada:secret@127.0.0.1/shop?port=abc", "Received non-integer port"),
        ("postgresql://ada:secret@127.0.0.1/shop?plugin=abc", "Can't load plugin"),
    ],
)
def test_an_option_in_the_url_that_cannot_be_is_refused(url: str, reason: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        look_at(url)
    assert str(caught.value).startswith(f"DATABASE_URL cannot be used: {reason}")
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@only_postgresql
def test_a_database_that_the_server_does_not_have_is_refused(database_url: str) -> None:
    url = sa.make_url(database_url).set(database="nowhere")
    assert 'database "nowhere" does not exist' in refusal(url.render_as_string(False))


@only_postgresql
def test_postgres_is_another_name_for_postgresql(database_url: str) -> None:
    with connected(database_url.replace("postgresql://", "postgres://")) as database:
        assert database.kind == "postgresql"
        database.ping()


def test_missing_folders_for_the_sqlite_file_are_made(tmp_path: Path) -> None:
    with connected(f"sqlite:///{tmp_path / 'a' / 'b' / 'shop.db'}") as database:
        assert database.kind == "sqlite"
    assert (tmp_path / "a" / "b" / "shop.db").is_file()


@pytest.mark.parametrize("path", ["file/shop.db", "folder", "n" * 300, "x/" + "n" * 300 + "/y"])
def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    said = refusal(f"sqlite:///{tmp_path / path}")
    assert said.startswith(f"The database at sqlite:///{tmp_path / path} does not answer (")
    assert said.endswith("); start it or correct DATABASE_URL")


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_text("email,type\n" * 1000)
    said = refusal(f"sqlite:///{path}")
    assert said.startswith(f"The database at sqlite:///{path} ")
    assert "file is not a database" in said
    assert path.read_text() == "email,type\n" * 1000


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg2://ada:secret@127.0.0.1:1/shop", "sqlite:////nowhere/shop.db"]
)
def test_a_ping_to_a_database_that_went_away_says_so(url: str) -> None:
    with pytest.raises(DatabaseError, match=r"^The database at .* does not answer \("):
        Database(sa.create_engine(url)).ping()


@only_postgresql
def test_what_the_url_says_of_a_connection_holds(database_url: str) -> None:
    options = "-c statement_timeout=12345 -c work_mem=32MB -c timezone=Asia/Tokyo"
    said = {"connect_timeout": "7", "options": options}
    url = sa.make_url(database_url).update_query_dict(said).render_as_string(hide_password=False)
    names = ("statement_timeout", "work_mem", "jit", "timezone")
    with connected(url) as database, database.read() as session:
        settings = [session.scalars(sa.text(f"SHOW {name}")).one() for name in names]
        driver: Any = session.connection().connection.dbapi_connection
        timeout = driver.get_dsn_parameters()["connect_timeout"]
    # All but the zone, in which moments are read that are written without one.
    assert (settings, timeout) == (["12345ms", "32MB", "off", "UTC"], "7")


@only_postgresql
def test_nothing_is_asked_with_the_connection_that_a_pooler_refuses(database: Database) -> None:
    with database.read() as session:
        driver: Any = session.connection().connection.dbapi_connection
        assert not driver.get_dsn_parameters().get("options")
        assert session.scalars(sa.text("SHOW timezone")).one() == "UTC"


def test_the_folder_of_a_new_file_is_made_for_a_uri_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with connected(f"sqlite:///file:{tmp_path}/new/shop.db?uri=true") as database:
        database.ping()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_file_may_be_opened_for_reading_only(sqlite_template: Path, tmp_path: Path) -> None:
    file = shutil.copy(sqlite_template, tmp_path)
    with connected(f"sqlite:///file:{file}?mode=ro&uri=true") as database:
        database.ping()
        with pytest.raises(DatabaseError, match="readonly"):
            did(database, "ada@example.com", "visit")


def test_a_ping_to_a_living_database_says_nothing(database: Database) -> None:
    database.ping()


# ------------------------------------------------------------------------------------ the default
def test_the_default_database_is_that_of_the_settings_and_connected_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'mine.db'}")
    assert databases.default() is databases.default()
    assert databases.default().engine.url.database == str(tmp_path / "mine.db")


def test_threads_that_ask_for_the_default_database_at_once_share_one() -> None:
    start = threading.Barrier(4)

    def ask(_: int) -> Database:
        start.wait(10)
        return databases.default()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert all(database is found[0] for database in found)


def test_who_waits_for_a_connection_that_fails_hears_of_it_without_another_attempt() -> None:
    attempts: list[list[threading.Thread]] = []

    def connect() -> Database:
        others = [threading.Thread(target=ask) for _ in range(3)]
        attempts.append(others)
        for other in others:
            other.start()
        while not all(map(is_waiting, others)):
            time.sleep(0.001)
        raise DatabaseError("away")

    heard = []

    def ask() -> None:
        with pytest.raises(DatabaseError, match="away"):
            once()
        heard.append(threading.current_thread())

    once = Once(connect)
    ask()
    (others,) = attempts
    for other in others:
        other.join()
    assert len(heard) == 4


def is_waiting(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code is threading.Condition.wait.__code__


def test_a_default_database_that_failed_is_tried_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/shop")
    with pytest.raises(DatabaseError):
        databases.default()
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'mine.db'}")
    databases.default().ping()


def test_the_developers_env_file_does_not_reach_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABASE_POOL_SIZE=77\n")
    monkeypatch.chdir(tmp_path)
    assert Settings().database_pool_size == 10
    assert Settings().database_url == f"sqlite:///{tmp_path / 'default.db'}"


# ----------------------------------------------------------------------------------- transactions
def test_begin_commits(database: Database) -> None:
    store(database, customer())
    with database.read() as session:
        assert emails(session) == ["ada@example.com"]


def test_begin_rolls_back_on_an_exception(database: Database) -> None:
    def fail_after_an_insert() -> None:
        with database.begin() as session:
            session.add(customer())
            session.flush()
            raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        fail_after_an_insert()
    with database.read() as session:
        assert emails(session) == []


def test_what_was_stored_can_still_be_read_after_the_commit(database: Database) -> None:
    with database.begin() as session:
        ada = customer()
        session.add(ada)
    assert ada.email == "ada@example.com"


@pytest.mark.parametrize("transaction", ["begin", "read"])
def test_a_failure_of_whoever_uses_it_is_not_the_databases(
    database: Database, transaction: str
) -> None:
    with pytest.raises(BrokenPipeError), getattr(database, transaction)():
        raise BrokenPipeError


def test_an_error_does_not_tell_what_was_to_be_stored(database: Database) -> None:
    card = sa.insert(Segment).values(id=uuid.uuid4(), name="4111-1111")
    with pytest.raises(sa.exc.IntegrityError) as caught, database.begin() as session:
        session.execute(card)
    assert "4111-1111" not in str(caught.value).replace(str(caught.value.orig), "")


def test_a_read_sees_one_state_while_others_commit(database: Database) -> None:
    store(database, customer("ada@example.com"))
    with database.read() as session:
        assert emails(session) == ["ada@example.com"]
        store(database, customer("bob@example.com"))
        assert emails(session) == ["ada@example.com"]
    with database.read() as session:
        assert emails(session) == ["ada@example.com", "bob@example.com"]


def test_a_read_cannot_write(database: Database) -> None:
    def write() -> None:
        with database.read() as session:
            session.execute(sa.delete(Customer))

    store(database, customer())
    with pytest.raises((DatabaseError, sa.exc.DBAPIError)):
        write()
    with database.read() as session:
        assert emails(session) == ["ada@example.com"]


def test_eight_threads_that_write_at_once_wait_for_each_other(database: Database) -> None:
    def attempt(number: int) -> None:
        for turn in range(5):
            with database.begin() as session:
                emails(session)  # a read first: a deferred transaction could not write any more
                session.add(customer(f"{number}.{turn}@example.com"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(attempt, range(8)))
    with database.read() as session:
        assert len(emails(session)) == 40


@only_postgresql
def test_transact_survives_a_deadlock(database: Database) -> None:
    ada, bob = (customer(email) for email in ("ada@example.com", "bob@example.com"))
    store(database, ada, bob)
    store(database, *map(activity, (ada, bob)))
    both_hold_one = threading.Barrier(2)
    attempts: list[Customer] = []

    def count_both(first: Customer, second: Customer, session: Session) -> Customer:
        attempts.append(first)
        for who in (first, second):
            mine = sa.update(Activity).where(Activity.customer_id == who.id)
            session.execute(mine.values(event_count=Activity.event_count + 1))
            if who is first and len(attempts) <= 2:
                both_hold_one.wait(10)
        return first

    with ThreadPoolExecutor(2) as pool:
        works = [partial(count_both, ada, bob), partial(count_both, bob, ada)]
        assert list(pool.map(database.transact, works)) == [ada, bob]
    assert len(attempts) > 2  # whoever tries again may meet the other once more
    with database.read() as session:
        assert list(session.scalars(sa.select(Activity.event_count))) == [3, 3]


def counted(work: Callable[[Session], object]) -> tuple[Callable[[Session], object], list[int]]:
    """`work`, and the list that grows by one each time it runs."""
    calls: list[int] = []

    def counting(session: Session) -> object:
        calls.append(1)
        return work(session)

    return counting, calls


def test_transact_returns_what_the_work_returned(database: Database) -> None:
    work, calls = counted(lambda session: session.scalar(sa.select(sa.literal(7))))
    assert database.transact(work) == 7
    assert len(calls) == 1


@only_postgresql
def test_transact_gives_up_when_the_database_keeps_asking_to_try_again(database: Database) -> None:
    always = sa.text("DO $$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = '40001'; END $$")
    work, calls = counted(lambda session: session.execute(always))
    with pytest.raises(DatabaseError, match="no luck"):
        database.transact(work)
    assert len(calls) == 5


def test_transact_does_not_repeat_what_cannot_succeed(database: Database) -> None:
    store(database, customer("ada@example.com"))

    def add_again(session: Session) -> None:
        session.add_all([customer("bob@example.com"), customer("ada@example.com")])
        session.flush()

    work, calls = counted(add_again)
    with pytest.raises(sa.exc.IntegrityError):
        database.transact(work)
    assert len(calls) == 1
    with database.read() as session:
        assert emails(session) == ["ada@example.com"]


def test_transact_does_not_repeat_the_programs_own_errors(database: Database) -> None:
    def fail(session: Session) -> None:
        session.add(customer())
        session.flush()
        raise LookupError("ours")

    work, calls = counted(fail)
    with pytest.raises(LookupError, match="ours"):
        database.transact(work)
    assert len(calls) == 1
    with database.read() as session:
        assert emails(session) == []


def test_erasing_a_customer_erases_what_belongs_to_them(database: Database) -> None:
    ada, bob = customer("ada@example.com"), customer("bob@example.com")
    store(database, ada, bob)
    store(database, *map(activity, (ada, bob)))
    with database.begin() as session:
        session.execute(sa.delete(Customer).where(Customer.id == ada.id))
    with database.read() as session:
        assert list(session.scalars(sa.select(Activity.customer_id))) == [bob.id]


# ------------------------------------------------------------------------------------- timestamps
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 6, 15, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-8))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(
    database: Database, moment: datetime
) -> None:
    store(database, customer(created_at=moment))
    with database.read() as session:
        stored = session.scalars(
            sa.select(Customer.created_at).where(Customer.created_at == moment)
        ).one()
    assert stored == moment
    assert stored.tzinfo is UTC


def test_moments_are_ordered_whatever_their_zones_and_fractions(database: Database) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    moments = [
        datetime(2026, 6, 15, 17, 29, 59, 999999, tzinfo=kolkata),
        datetime(2026, 6, 15, 12, tzinfo=UTC),
        datetime(2026, 6, 15, 17, 30, 0, 1, tzinfo=kolkata),
        datetime(2026, 6, 15, 12, 0, 0, 2, tzinfo=UTC),
    ]
    store(database, *(customer(f"{i}@x", moments[i]) for i in (3, 0, 2, 1)))
    with database.read() as session:
        in_order = list(session.scalars(sa.select(Customer.created_at).order_by("created_at")))
        after_noon = sa.select(sa.func.count()).where(Customer.created_at > MOMENT)
        assert session.scalar(after_noon) == 2
    assert in_order == moments


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    without_zone = MOMENT.replace(tzinfo=None)
    with pytest.raises(sa.exc.StatementError, match="a timestamp needs a time zone"):
        store(database, customer(created_at=without_zone))
    search = sa.select(Customer).where(Customer.created_at < without_zone)
    with database.read() as session, pytest.raises(sa.exc.StatementError, match="time zone"):
        session.execute(search)


def test_a_moments_text_is_what_sqlite_stores_and_postgresql_reads(database: Database) -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    moments = [MOMENT, datetime(2026, 6, 15, 17, 30, 0, 1, tzinfo=kolkata)]
    store(database, *(customer(str(moment), moment) for moment in moments))
    for moment in moments:
        literal = sa.literal(timestamp_text(moment))
        same = Customer.created_at == (
            sa.cast(literal, sa.DateTime(timezone=True))
            if database.kind == "postgresql"
            else sa.type_coerce(literal, sa.String())
        )
        with database.read() as session:
            assert session.scalars(sa.select(Customer.email).where(same)).all() == [str(moment)]


def test_the_least_and_the_greatest_of_two_moments_are_moments(database: Database) -> None:
    store(database, customer(created_at=MOMENT - timedelta(days=1)))
    pair = Customer.created_at, Customer.updated_at
    with database.read() as session:
        found = session.execute(sa.select(least(*pair), greatest(*pair))).one()
    assert found == (MOMENT - timedelta(days=1), MOMENT)


# ------------------------------------------------------------------------------------------- JSON
@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        12345678901234567890,
        -(10**308),
        1.0,
        0.1,
        -2.5e-7,
        5e-324,
        Decimal("0.1234567890123456789"),
        Decimal("12345678901234567890.5"),
        True,
        None,
        "",
        "Zoë 🎉 \"'\\/\n\u2028%s %(x)s :x",
        [],
        {},
        [1, [2.0, {"deep": [None, False]}]],
    ],
    ids=repr,
)
def test_json_comes_back_as_it_went_in(database: Database, value: object) -> None:
    store(database, segment({"value": value}))
    with database.read() as session:
        (stored,) = session.scalars(sa.select(Segment.definition))
    assert stored == {"value": value}
    assert type(stored["value"]) is type(value)


@pytest.mark.parametrize("value", [1e22, -1.5e300, 1.7976931348623157e308], ids=repr)
def test_a_large_float_comes_back_as_the_same_number(database: Database, value: float) -> None:
    # PostgreSQL keeps the number but not its exponent: 1e22 comes back as an integer.
    store(database, segment({"value": value}))
    with database.read() as session:
        (stored,) = session.scalars(sa.select(Segment.definition))
    assert Decimal(exact_json.dumps(stored["value"])) == Decimal(exact_json.dumps(value))


KEYS = [
    "plain", "a.b", "$", "$.a", "$[0]", 'quo"te', "it's", "back\\slash", "\\", '"', "%", "%s",
    "%(x)s", ":x", "?", "{0}", "a->>b", "Größe", "鍵", "🔑", "new\nline", " space ", "0", "#-1", "",
]  # fmt: skip


def test_json_keys_come_back_as_they_went_in(database: Database) -> None:
    definition = {key: number for number, key in enumerate(KEYS)}
    store(database, segment(definition))
    with database.read() as session:
        assert session.scalars(sa.select(Segment.definition)).one() == definition


@pytest.mark.parametrize("key", KEYS)
def test_json_string_takes_the_key_literally(database: Database, key: str) -> None:
    others = {other: f"not {key}" for other in KEYS if other != key}
    store(database, segment(others | {key: "yes, é"}), segment(others))
    found = json_string(Segment.definition, key)
    with database.read() as session:
        assert set(session.scalars(sa.select(found))) == {"yes, é", None}
        assert session.scalar(sa.select(sa.func.count()).where(found == "yes, é")) == 1


@pytest.mark.parametrize("value", [1, 1.5, True, False, None, ["yes"], {"key": "yes"}], ids=repr)
def test_json_string_is_null_for_what_is_not_a_string(database: Database, value: object) -> None:
    store(database, segment({"key": value}), segment({}))
    with database.read() as session:
        found = list(session.scalars(sa.select(json_string(Segment.definition, "key"))))
    assert found == [None, None]


def test_json_rows_are_typed_columns(database: Database) -> None:
    number, moment = uuid.uuid4(), datetime(2026, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)
    properties = {"a.b": Decimal("0.1234567890123456789"), 'quo"te': [1.0, None]}
    rows = [
        [number.hex, "Zoë's 🎉", timestamp_text(moment), exact_json.dumps(properties), 7],
        [number.hex, None, timestamp_text(MOMENT), "{}", 2**53 + 1],
    ]
    columns: dict[str, sa.types.TypeEngine[Any]] = {
        "id": sa.Uuid(),
        "name": text(),
        "moment": Timestamp(),
        "properties": Json,
        "count": sa.BigInteger(),
    }
    with database.read() as session:
        found = session.execute(
            json_rows(database.kind, columns), {"rows": exact_json.dumps(rows)}
        ).all()
    assert found == [
        (number, "Zoë's 🎉", moment, properties, 7),
        (number, None, MOMENT, {}, 2**53 + 1),
    ]


# ------------------------------------------------------------------------------------------- text
def test_strings_sort_and_compare_by_code_point(database: Database) -> None:
    in_order = ["B", "_", "a", "aB", "a_", "ab", "b", "é", "ﬀ", "😀"]
    store(database, *map(customer, reversed(in_order)))
    with database.read() as session:
        assert emails(session) == in_order
        before = sa.select(Customer.email).where(Customer.email < "a").order_by(Customer.email)
        assert list(session.scalars(before)) == ["B", "_"]


def test_trim_with_our_whitespace_agrees_with_python(database: Database) -> None:
    padded = f"{WHITESPACE}a{WHITESPACE}b{WHITESPACE}"
    with database.read() as session:
        trimmed = session.scalar(sa.select(sa.func.trim(sa.literal(padded), WHITESPACE)))
    assert trimmed == padded.strip() == f"a{WHITESPACE}b"


def test_insert_may_ignore_what_is_already_there(database: Database) -> None:
    row = {"id": uuid.uuid4(), "email": "ada@x", "created_at": MOMENT, "updated_at": MOMENT}
    for expected in ([row["id"]], []):
        with database.begin() as session:
            statement = insert(kind_of(session), Customer).values(row).on_conflict_do_nothing()
            assert list(session.scalars(statement.returning(Customer.id))) == expected


@pytest.mark.parametrize("size", ["abc", "0", "-1", "1.5"])
def test_a_setting_that_cannot_be_is_named(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", size)
    with pytest.raises(DatabaseError, match=r"^DATABASE_POOL_SIZE cannot be used"):
        connect()


def test_an_env_file_that_is_no_utf_8_is_refused_without_repeating_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "SMTP_URL=smtp://ada:secret@127.0.0.1\nMAIL_FROM=Café <a@b.co>\n"
    (tmp_path / ".env").write_text(text, "cp1252")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    with pytest.raises(DatabaseError) as caught:
        connect()
    assert str(caught.value) == ".env is not UTF-8 text; save it as UTF-8"
    assert "secret" not in "".join(traceback.format_exception(caught.value))


# ---------------------------------------------------------------------------------------- patience
def count_to(session: Session, number: int) -> int:
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < number))
    return session.scalars(sa.select(sa.func.count()).select_from(numbers)).one()


def test_a_question_that_nobody_would_wait_for_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.database.patience.PATIENCE_S", 0.01)
    with pytest.raises(TooSlow) as caught, database.answer() as session:
        count_to(session, 1_000_000_000)
    assert str(caught.value).startswith("The answer takes longer than 0.01 seconds; ask for fewer")
    with database.answer() as session:
        assert count_to(session, 2) == 2
    # Whoever has work to do may take their time.
    with database.read() as session:
        assert count_to(session, 300_000) == 300_000


@only_postgresql
def test_an_operators_own_limit_stays(database_url: str) -> None:
    connect(database_url).close()
    url = sa.make_url(database_url).update_query_dict({"options": "-c statement_timeout=12345"})
    with (
        connected(url.render_as_string(hide_password=False)) as database,
        database.answer() as session,
    ):
        assert session.scalars(sa.text("SHOW statement_timeout")).one() == "12345ms"


@only_postgresql
@pytest.mark.parametrize(("allowed", "used"), [("8", "1"), ("1", "1"), ("0", "0")])
def test_a_preview_and_nothing_else_may_have_a_second_process_if_the_operator_allows_one(
    database_url: str, allowed: str, used: str
) -> None:
    connect(database_url).close()
    options = {"options": f"-c max_parallel_workers_per_gather={allowed}"}
    url = sa.make_url(database_url).update_query_dict(options)
    settings = []
    with connected(url.render_as_string(hide_password=False)) as database:
        for look in (lambda session: preview(session, parse(BUYERS), now=NOW), type_names):
            with database.read() as session:
                look(session)
                shown = session.scalars(sa.text("SHOW max_parallel_workers_per_gather"))
                settings.append(shown.one())
    assert settings == [used, allowed]
