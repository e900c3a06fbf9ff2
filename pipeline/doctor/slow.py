"""What takes long, for operators: transactions that go on now, and statements of the past."""

import textwrap
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from pipeline.doctor.examination import Examination, Verdict

_LONG_S = 30
_SLOW_MS = 500
_SHOWN = 5

_RUNNING = sa.text("""
    SELECT pid, state, query, extract(epoch FROM clock_timestamp() - xact_start)::int AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid()
        AND xact_start <= clock_timestamp() - make_interval(secs => :seconds)
    ORDER BY xact_start
""")
_RECORDED = sa.text("""
    SELECT mean_exec_time::int AS ms, calls, query
    FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = current_database() AND mean_exec_time >= :ms
    ORDER BY total_exec_time DESC LIMIT :shown
""")


def running(examination: Examination) -> Iterator[Verdict]:
    """Transactions that have been open for long: they make others wait, and rows pile up."""
    if examination.database.kind == "sqlite":
        yield "SQLite does not tell what runs", ""
        return
    with examination.database.read() as session:
        found = session.execute(_RUNNING, {"seconds": _LONG_S}).all()
    for row in found:
        yield _runs(row)
    if not found:
        yield f"no transaction has been open for {_LONG_S} seconds", ""


def _runs(row: sa.Row[Any]) -> Verdict:
    says = f"process {row.pid}, {row.state}, began {row.seconds:,} seconds ago: {_line(row.query)}"
    return says, f"if it hangs: SELECT pg_terminate_backend({row.pid});"


def recorded(examination: Examination) -> Iterator[Verdict]:
    """The statements that took most time of those that are slow; nothing wrong by itself."""
    if examination.database.kind == "sqlite":
        yield "SQLite keeps no record of them", ""
        return
    with examination.database.read() as session:
        if session.scalar(sa.text("SELECT to_regclass('pg_stat_statements')")) is None:
            yield "not recorded: the extension pg_stat_statements is not installed", ""
            return
        found = session.execute(_RECORDED, {"ms": _SLOW_MS, "shown": _SHOWN}).all()
    for row in found:
        yield f"{row.ms:,} ms on average, {row.calls:,} times: {_line(row.query)}", ""
    if not found:
        yield f"no statement takes {_SLOW_MS} ms on average", ""


def _line(query: str) -> str:
    # It may hold what a customer typed, and a terminal takes some characters for commands.
    return "".join(filter(str.isprintable, textwrap.shorten(query, 100, placeholder=" …")))
