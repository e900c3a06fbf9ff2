"""Previews beside DuckDB on the same events: 10 million on PostgreSQL, a million on SQLite.

The data is built at the first run, which takes a while, and kept in the folder that
`BENCH_FOLDER` names (default: `~/.cache/pipeline-benchmarks`).
"""

import json
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import duckdb
import sqlalchemy as sa

from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.models import TrackedProperty
from pipeline.rules import Rule, parse
from pipeline.segments import preview
from pipeline.tracking import track
from tests.benchmarks import dataset
from tests.benchmarks.databases import analyze
from tests.benchmarks.questions import QUESTIONS, Question

Peer = duckdb.DuckDBPyConnection
SIZES = {"postgresql": (100_000, 1_000_000, 10_000_000), "sqlite": (1_000_000,)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One question: medians in milliseconds, and how many matched."""

    database: str
    events: int
    question: str
    ours_ms: float
    duckdb_ms: float
    goal: float | None
    count: int

    @property
    def ratio(self) -> float:
        """Ours over DuckDB's."""
        return self.ours_ms / self.duckdb_ms


def run(runs: int, *, as_json: bool = False) -> None:
    folder = dataset.folder()
    for kind, sizes in SIZES.items():
        for events in sizes:
            with dataset.both(folder, kind, events) as (database, peer):
                if not as_json:
                    print(_head(database, events, runs), flush=True)
                for figure in _figures(database, peer, events, runs):
                    print(json.dumps(asdict(figure)) if as_json else _row(figure), flush=True)


def _figures(database: Database, peer: Peer, events: int, runs: int) -> Iterator[Figure]:
    _track_nothing(database)
    for question in QUESTIONS:
        for path in question.tracked:
            track(database, path, now=utcnow())
            analyze(database)
        ours, count = _median(partial(_preview, database, parse(question.definition)), runs)
        theirs, expected = _median(partial(_ask, peer, question), runs)
        assert count == expected, f"{question.name}: {count:,} here, {expected:,} in DuckDB"
        yield Figure(database.kind, events, question.name, ours, theirs, question.goal, count)


def _track_nothing(database: Database) -> None:
    """Take what an earlier run tracked for half-built, as long as that is not asked for."""
    with database.begin() as session:
        session.execute(sa.update(TrackedProperty).values(status="building"))


def _preview(database: Database, rule: Rule) -> int:
    with database.read() as session:
        return preview(session, rule, now=dataset.NOW).count


def _ask(peer: Peer, question: Question) -> int:
    (count,) = peer.execute(question.sql).fetchone()
    return count


def _median(ask: Callable[[], int], runs: int) -> tuple[float, int]:
    """The median time of so many runs after a first one that warms up (ms), and the answer."""
    answer, milliseconds = ask(), []
    for _ in range(runs):
        started = time.perf_counter()
        answer = ask()
        milliseconds.append((time.perf_counter() - started) * 1000)
    return statistics.median(milliseconds), answer


def _head(database: Database, events: int, runs: int) -> str:
    return (
        f"\n{events:,} events of {dataset.CUSTOMERS:,} customers, {_version(database)},"
        f" DuckDB {duckdb.__version__}, {os.cpu_count()} processors, {utcnow():%Y-%m-%d};"
        f" ms, median of {runs} warm runs\n\n"
        "| question | matches | ours | DuckDB | ratio | goal |\n|---|--:|--:|--:|--:|--:|"
    )


def _version(database: Database) -> str:
    if database.kind == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with database.read() as session:
        return f"PostgreSQL {session.scalars(sa.text('SHOW server_version')).one()}"


def _row(figure: Figure) -> str:
    goal = "" if figure.goal is None else f"≤ {figure.goal}"
    return (
        f"| {figure.question} | {figure.count:,} | {figure.ours_ms:.0f} | {figure.duckdb_ms:.0f}"
        f" | {figure.ratio:.2f} | {goal} |"
    )
