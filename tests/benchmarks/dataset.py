"""The same events in DuckDB, PostgreSQL and SQLite: built once, kept, reproducible from a seed.

They are made by DuckDB out of hashes of their numbers, and stored by the product's own ingest.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.database import Database
from pipeline.events.incoming import NewEvent
from pipeline.events.storing import store
from pipeline.ids import customer_id
from pipeline.sql import timestamp_text
from tests.benchmarks.databases import kept

#: The moment that all questions are asked at; the newest event is just before it.
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAYS = 180
CUSTOMERS = 500_000
SEED = 1

_Row = tuple[uuid.UUID, str, uuid.UUID, str, str, datetime]
_CHUNK = 20_000
# A number from 0 to 1 for each event and purpose: a part of a digest, the same in every version.
_CHANCE = f"CREATE MACRO chance(n, what) AS md5_number_lower(concat({SEED}, what, n)) / 2.0 ** 64"
# The power makes a tenth of the customers do a third of everything, and so with paths and SKUs.
_EVENTS = f"""
CREATE TABLE events AS
WITH drawn AS (
    SELECT n,
        CAST(floor({CUSTOMERS} * chance(n, 'who') ** 2) AS INTEGER) AS customer,
        chance(n, 'type') AS type_chance,
        CAST(floor(500 * chance(n, 'sku') ** 2) AS INTEGER) AS sku,
        CAST(floor(200 * chance(n, 'path') ** 2) AS INTEGER) AS path,
        to_microseconds(CAST(chance(n, 'at') * {DAYS} * 86400e6 AS BIGINT)) AS age
    FROM range($events) AS numbers(n)
)
SELECT
    customers.id AS customer_id,
    CAST(md5(concat({SEED}, 'event', n)) AS UUID) AS id,
    CASE WHEN type_chance < 0.70 THEN 'page_view' WHEN type_chance < 0.85 THEN 'added_to_cart'
        WHEN type_chance < 0.95 THEN 'login' ELSE 'purchase' END AS type,
    CASE WHEN type_chance < 0.70 THEN '/page/' || path END AS path,
    CASE WHEN type_chance < 0.70
        THEN format('{{{{"path":"/page/{{}}","seconds":{{}}}}}}', path, sku)
        ELSE format('{{{{"sku":"SKU-{{}}","amount":{{}}}}}}', sku, sku / 4) END AS properties,
    TIMESTAMP '{NOW:%Y-%m-%d %H:%M:%S}' - age AS occurred_at
FROM drawn JOIN customers ON customers.number = drawn.customer
ORDER BY occurred_at
"""
_PROPERTIES = ("path", "seconds", "sku", "amount")
_AS_CSV = f"""
COPY (
    SELECT email, type, strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS time,
        {", ".join(f"properties ->> '$.{name}' AS {name}" for name in _PROPERTIES)}
    FROM events JOIN customers ON customers.id = customer_id ORDER BY occurred_at
) TO $file (HEADER)
"""


def folder() -> Path:
    """Where all this is kept: outside of the repository, unless `BENCH_FOLDER` says otherwise."""
    found = Path(os.environ.get("BENCH_FOLDER", "~/.cache/pipeline-benchmarks")).expanduser()
    found.mkdir(parents=True, exist_ok=True)
    return found


@contextmanager
def both(
    folder: Path, kind: str, events: int
) -> Iterator[tuple[Database, duckdb.DuckDBPyConnection]]:
    """So many events in our database of a kind, and in DuckDB."""
    with (
        duck(folder, events) as peer,
        kept(folder, kind, f"events_{events}", lambda database: fill(database, peer)) as database,
    ):
        yield database, peer
        database.close()


def duck(folder: Path, events: int) -> duckdb.DuckDBPyConnection:
    """DuckDB with tables `customers` (number, id, email) and `events`; made if not there."""
    file = folder / f"events-{events}.duckdb"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with duckdb.connect(unfinished) as connection:
            _make(connection, events)
        unfinished.rename(file)
    return duckdb.connect(file, read_only=True)


def file(folder: Path, events: int) -> Path:
    """So many of the same events as CSV, oldest first, a column for each property."""
    found = folder / f"events-{events}.csv"
    if not found.exists():
        unfinished = found.with_suffix(".unfinished")
        with duck(folder, events) as source:
            source.execute(_AS_CSV, {"file": str(unfinished)})
        unfinished.rename(found)
    return found


def _make(connection: duckdb.DuckDBPyConnection, events: int) -> None:
    emails = [f"customer{number}@example.com" for number in range(CUSTOMERS)]
    people = pa.table(
        {
            "number": range(CUSTOMERS),
            "id": [str(customer_id(email)) for email in emails],
            "email": emails,
        }
    )
    connection.register("people", people)
    connection.execute(
        "CREATE TABLE customers AS SELECT number, CAST(id AS UUID) AS id, email FROM people"
    )
    connection.execute(_CHANCE)
    connection.execute(_EVENTS, {"events": events})


def fill(database: Database, source: duckdb.DuckDBPyConnection) -> None:
    """Store all events of DuckDB's table, oldest first, as a shop would have sent them."""
    rows = source.execute(
        "SELECT customer_id, email, events.id, type, properties, occurred_at"
        " FROM events JOIN customers ON customers.id = customer_id ORDER BY occurred_at"
    )
    while chunk := rows.fetchmany(_CHUNK):
        with database.begin() as session:
            store(session, [*map(_new_event, chunk)], now=NOW)


def _new_event(row: _Row) -> NewEvent:
    whose, email, id_, type_, properties, at = row
    moment = timestamp_text(at.replace(tzinfo=UTC))
    return NewEvent(whose.hex, email, id_.hex, type_, properties, moment, None)
