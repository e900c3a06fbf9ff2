"""Import of a file against loading the very same rows bare into the same indexed tables.

Of the million events that `peer` asks, and of real data, which has far fewer customers.
"""

import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg2

from pipeline.database import Database
from pipeline.models import Activity, Base, Customer, CustomerActivity, Event
from tests.benchmarks import dataset
from tests.benchmarks.databases import both, empty

DATA = Path(__file__).parents[3] / "shared" / "data" / "online-retail.csv.gz"
REAL = [
    *("--email", "c{CustomerID}@example.com", "--type", "purchase"),
    *("--time", "InvoiceDate", "--timezone", "Europe/London"),
    *("--property", "sku=StockCode", "--property", "*"),
]
MADE = ["--email", "email", "--type-column", "type", "--time", "time", "--property", "*"]
EVENTS = 1_000_000


def _columns(model: type[Base]) -> str:
    """Those that are given; the others follow from them."""
    return ", ".join(each.name for each in model.__table__.columns if each.computed is None)


def _query(model: type[Base]) -> str:
    # As the file has the events; sorted by customer they would be faster to load.
    in_order = " ORDER BY occurred_at" if model is Event else ""
    return f"SELECT {_columns(model)} FROM {model.__tablename__}{in_order}"


#: What bare loads are given, by the table with its columns.
_ROWS = {
    f"{each.__tablename__} ({_columns(each)})": _query(each)
    for each in (Customer, Event, Activity, CustomerActivity)
}


def run(runs: int) -> None:
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: the benchmark needs it")
    made = dataset.file(dataset.folder(), EVENTS)
    with both() as urls:
        for file, options in ((made, MADE), (DATA, REAL)):
            print(file.name)
            for kind, url in urls.items():
                _measure(kind, url, [str(file), *options], runs)


def _measure(kind: str, url: str, arguments: Sequence[str], runs: int) -> None:
    bare = _bare_sqlite if kind == "sqlite" else _bare_postgresql
    ours, theirs, ratios, memory = [], [], [], []
    for _ in range(runs):
        empty(url).close()
        seconds, stored, megabytes = _import(url, arguments)
        ours.append(stored / seconds)
        theirs.append(stored / bare(url))
        ratios.append(ours[-1] / theirs[-1])
        memory.append(megabytes)
    print(
        f"  {kind:<11} import {statistics.median(ours):>7,.0f} rows stored/s"
        f"   bare {statistics.median(theirs):>7,.0f}/s"
        f"   ratio {statistics.median(ratios):.2f}"
        f"   peak memory {max(memory):.0f} MB"
        f"   ({stored:,} rows, median of {runs})",
        flush=True,
    )


def _import(url: str, arguments: Sequence[str]) -> tuple[float, int, float]:
    """Seconds, rows stored, and the peak memory of the process and its child together (MB)."""
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-m", "pipeline", "import", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        peak = _peak_memory(process)
        assert process.stdout
        report = process.stdout.read()
    stored = re.search(r"([\d,]+) stored", report)
    seconds = re.search(r"([\d,.]+) seconds", report)
    assert stored
    assert seconds
    rows = int(stored[1].replace(",", ""))
    return float(seconds[1].replace(",", "")), rows, peak


def _peak_memory(process: "subprocess.Popen[str]") -> float:
    # Not `getrusage`: what it tells of a child includes the parent that it was forked from. PSS
    # counts what the two share once.
    peak = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            both = (watched, *watched.children())
            peak = max(peak, sum(process.memory_full_info().pss for process in both))
        time.sleep(0.2)  # each look takes 5 ms of a processor that the import needs
    return peak / 1024 / 1024


def _bare_postgresql(url: str) -> float:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        for table, rows in _ROWS.items():
            with (Path(folder) / table).open("wb") as file:
                cursor.copy_expert(f"COPY ({rows}) TO STDOUT", file)
        cursor.execute("TRUNCATE customers CASCADE")
        connection.commit()
        started = time.monotonic()
        for table in _ROWS:
            with (Path(folder) / table).open("rb") as file:
                cursor.copy_expert(f"COPY {table} FROM STDIN", file)
        connection.commit()
        seconds = time.monotonic() - started
    connection.close()
    return seconds


def _bare_sqlite(url: str) -> float:
    rows = _rows(url)
    database: Database = empty(url)
    database.close()
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA cache_size=-65536")
    started = time.monotonic()
    connection.execute("BEGIN IMMEDIATE")
    for table in _ROWS:
        marks = ", ".join("?" * len(rows[table][0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows[table])
    connection.execute("COMMIT")
    seconds = time.monotonic() - started
    connection.close()
    return seconds


def _rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    rows = {table: connection.execute(query).fetchall() for table, query in _ROWS.items()}
    connection.close()
    return rows
