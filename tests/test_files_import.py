"""The import: every row once, however often, in whatever pieces and however rudely interrupted."""

import csv
import gc
import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pyarrow as arrow
import pytest
import simplejson
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline.database import Database, connect
from pipeline.errors import Invalid, PipelineError
from pipeline.files import (
    FieldMapping,
    ImportReport,
    chunks,
    csv_rows,
    importing,
    occurrences,
    reading,
    streams,
)
from pipeline.ids import customer_id
from pipeline.models import Activity, Customer, Event
from pipeline.progress import silent
from tests.factories import NOW, address, at_once, count_rows, one_database_for_all
from tests.files import (
    csv_text,
    do_import,
    everything,
    forget,
    in_step,
    json_lines,
    numbers,
    shared_data,
    write,
)

only_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

HEADER = ["email", "at", "note"]
Rows = list[tuple[str, ...]]


def visits(number: int) -> Rows:
    """So many different rows of seven customers, a minute apart."""
    return [
        (
            address(each % 7),
            f"2026-01-{each // 1440 + 1:02} {each // 60 % 24:02}:{each % 60:02}",
            "",
        )
        for each in range(number)
    ]


def csv_file(folder: Path, rows: Rows, name: str = "a.csv") -> Path:
    return write(folder / name, csv_text([HEADER, *rows]))


def times(database: Database) -> dict[str, datetime]:
    """When each note was written; None for rows without one."""
    with database.read() as session:
        return {
            properties.get("note"): moment
            for properties, moment in session.execute(
                sa.select(Event.properties, Event.occurred_at)
            )
        }


def chunks_of(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(chunks, "_ROWS", rows)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def interrupt(done: int, total: int) -> None:
    raise Interrupted


# ---------------------------------------------------------------------------------- what is stored
def test_each_row_is_an_event_of_its_customer(database: Database, tmp_path: Path) -> None:
    content = (
        "email,when,what,sku,amount,comment\n"
        "Ada@Example.com,2026-05-01 09:30,purchase,MUG-01,8.50,£ é\n"
        " bob@example.com ,2026-05-02 10:00+02:00,page_view,,,\n"
    )
    mapping = FieldMapping(email="email", time="when", type_column="what", timezone="Europe/London")
    report = do_import(database, write(tmp_path / "a.csv", content), mapping)
    assert numbers(report) == {
        "read": 2,
        "stored": 2,
        "duplicates": 0,
        "refused": {},
        "new_customers": 2,
    }
    query = sa.select(Customer.email, Event.type, Event.occurred_at, Event.properties).join(
        Customer
    )
    with database.read() as session:
        stored = {tuple(row[:3]): row.properties for row in session.execute(query)}
    assert stored == {
        ("ada@example.com", "purchase", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)): {
            "sku": "MUG-01",
            "amount": 8.5,
            "comment": "£ é",
        },
        ("bob@example.com", "page_view", datetime(2026, 5, 2, 8, tzinfo=UTC)): {},
    }
    assert in_step(database)


def test_a_report_says_how_fast_it_was() -> None:
    assert ImportReport(read=500, seconds=2.0).rows_per_second == 250
    assert ImportReport().rows_per_second == 0


def test_the_numbers_of_a_report_add_up(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, 2)
    rows = [
        ("a@x.com", "2026-01-01", "1"),
        ("a@x.com", "2026-01-01", "1"),
        ("b@x.com", "2026-01-02", "2"),
        ("nobody", "2026-01-02", "3"),
        ("a@x.com", "", "4"),
        ("a@x.com", "soon", "5"),
        ("", "2026-01-02", "6"),
        ("c@x.com", "2027-01-02", "7"),
        ("c@x.com", "1950-01-02", "7"),
        ("b@x.com", "2026-01-02", "8", "9"),
        ("nobody", "2026-01-02", "10"),
    ]
    report = do_import(database, csv_file(tmp_path, rows))
    assert numbers(report) == {
        "read": 11,
        "stored": 3,
        "duplicates": 0,
        "refused": {
            "Invalid email format": 2,
            "at is blank": 1,
            "at is not a time of the format ISO 8601": 1,
            "Email is required": 1,
            "at is in the future": 1,
            "at is before 1970": 1,
            "The row has more cells than the header, which has 3": 1,
        },
        "new_customers": 2,
    }
    assert count_rows(database, Event) == 3
    assert count_rows(database, Customer) == 2


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_report_says_from_when_to_when_its_events_are(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    chunks_of(monkeypatch, 2)
    days = ("2026-01-03", "2026-01-02", "2026-01-05", "2026-01-04")
    rows = [("a@x.com", day, "") for day in days]
    rows += [("nobody", "2026-01-01", ""), ("nobody", "2026-01-06", "")]
    path = csv_file(tmp_path, rows)
    report = do_import(database, path, dry_run=dry_run)
    first, last = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)
    assert (report.first_at, report.last_at) == (first, last)
    shifted = do_import(database, path, shift_to_now=True, dry_run=True)
    assert shifted.last_at == (NOW if dry_run else last)  # as its first import had them


def test_a_file_without_rows_is_imported(database: Database, tmp_path: Path) -> None:
    report = do_import(database, csv_file(tmp_path, []), shift_to_now=True)
    assert (report.read, report.stored, report.refused.total()) == (0, 0, 0)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl.gz", "a.parquet"])
def test_progress_never_goes_back_and_ends_at_the_end(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    chunks_of(monkeypatch, 100)
    told: list[tuple[int, int]] = []
    do_import(database, table_file(tmp_path / name, 1_000), on_progress=lambda *at: told.append(at))
    done, totals = zip(*told, strict=True)
    assert len(told) == 10
    assert sorted(done) == list(done)
    assert set(totals) == {done[-1]}


# ------------------------------------------------------------------------------------------ again
def test_a_file_again_stores_nothing(database: Database, tmp_path: Path) -> None:
    path = csv_file(tmp_path, visits(50))
    do_import(database, path)
    before = everything(database)
    report = do_import(database, path, now=NOW + timedelta(days=1))
    assert (report.stored, report.duplicates, report.new_customers) == (0, 50, 0)
    assert everything(database) == before


def test_a_longer_version_stores_only_what_is_new(database: Database, tmp_path: Path) -> None:
    rows = visits(60)
    do_import(database, csv_file(tmp_path, rows[:40]))
    report = do_import(database, csv_file(tmp_path, [*rows, rows[0]], "longer.csv"))
    assert (report.stored, report.duplicates) == (21, 40)
    assert count_rows(database, Event) == 61
    assert in_step(database)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_identical_lines_all_count(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    chunks_of(monkeypatch, size)
    row = ("a@x.com", "2026-01-01", "x")
    path = csv_file(tmp_path, [row, ("b@x.com", *row[1:]), row, row])
    assert do_import(database, path).stored == 4
    assert do_import(database, path).duplicates == 4


def test_lines_that_differ_in_any_cell_are_not_identical(
    database: Database, tmp_path: Path
) -> None:
    # Each differs from the first in something that does not show in the event.
    cells = [("1", "2"), ("12", ""), ("1\x1f2", ""), ("1", "2 "), ("1", "\x1f2")]
    rows = [["email", "at", "x", "y"], *(["a@x.com", "2026-01-01", *pair] for pair in cells)]
    mapping = FieldMapping(email="email", time="at", type="visit", remaining=False)
    path = write(tmp_path / "a.csv", csv_text(rows))
    do_import(database, path, mapping)
    report = do_import(
        database, write(tmp_path / "b.csv", csv_text([rows[0], *rows[:0:-1]])), mapping
    )
    assert (report.stored, report.duplicates) == (0, 5)


def test_a_file_can_be_imported_as_two_types(database: Database, tmp_path: Path) -> None:
    path = csv_file(tmp_path, visits(5))
    for type_ in "visit", "view":
        mapping = FieldMapping(email="email", time="at", type=type_)
        assert do_import(database, path, mapping).stored == 5
    assert count_rows(database, Event) == 10


def test_the_same_rows_packed_or_in_another_encoding_are_the_same(
    database: Database, tmp_path: Path
) -> None:
    text = csv_text([HEADER, ("a@x.com", "2026-01-01", "£")])
    do_import(database, write(tmp_path / "a.csv", text))
    for name, encoding in [("a.csv.gz", "utf-8"), ("b.csv", "latin-1"), ("c.csv", "utf-16")]:
        path = write(tmp_path / name, text.encode(encoding))
        assert do_import(database, path).duplicates == 1


def test_rows_are_known_again_whatever_their_decimal_sign_was_taken_for(
    database: Database, tmp_path: Path
) -> None:
    mapping = FieldMapping(email="email", time="at", type="visit")
    path = write(tmp_path / "a.csv", "email;at;total\na@x.com;2026-01-01;8,50\n")
    assert do_import(database, path, mapping).stored == 1
    for decimal in (None, ",", "."):
        assert do_import(database, path, replace(mapping, decimal=decimal)).duplicates == 1
    with database.read() as session:
        assert session.scalar(sa.select(Event.properties)) == {"total": 8.5}


def test_of_rows_with_one_key_the_first_counts(database: Database, tmp_path: Path) -> None:
    rows: Rows = [
        ("a@x.com", "2026-01-01", "1"),
        ("a@x.com", "2026-01-02", "1"),
        ("b@x.com", "2026-01-03", "1"),
        ("a@x.com", "2026-01-04", "2"),
        ("a@x.com", "2026-01-05", ""),
    ]
    mapping = FieldMapping(email="email", time="at", type="visit", key="no-{note}")
    report = do_import(database, csv_file(tmp_path, rows), mapping)
    assert (report.stored, report.duplicates, report.refused) == (3, 1, Counter(["note is blank"]))
    with database.read() as session:
        keys = session.execute(sa.select(Event.idempotency_key, Event.occurred_at.label("at")))
        assert sorted((row.idempotency_key, row.at.day) for row in keys) == [
            ("no-1", 1),
            ("no-1", 3),
            ("no-2", 4),
        ]


@given(rows=st.lists(st.sampled_from(visits(4)), max_size=12), cut=st.integers(0, 12))
@settings(parent=one_database_for_all, max_examples=15)
def test_any_beginning_of_a_file_and_then_all_of_it_is_as_all_of_it_at_once(
    database: Database, tmp_path: Path, rows: Rows, cut: int
) -> None:
    forget(database)
    with pytest.MonkeyPatch.context() as patch:
        chunks_of(patch, 3)
        do_import(database, csv_file(tmp_path, rows))
        at_once_ = everything(database)
        forget(database)
        stored = [
            do_import(database, csv_file(tmp_path, part)).stored for part in (rows[:cut], rows)
        ]
    assert sum(stored) == len(rows)
    assert everything(database) == at_once_


# ------------------------------------------------------------------------------------- refused rows
def rejected(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_refused_rows_are_written_with_line_and_reason(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, 2)
    content = (
        "email,at,note\n"
        'a@x.com,2026-01-01,"two\nlines"\n'
        'nobody,2026-01-01,"a ""b"",\nc"\n'
        "b@x.com,,£\n"
        "\n"
        "b@x.com,2026-01-01,1,2\n"
        "c@x.com,2026-01-01,ok\n"
        "c@x.com\n"
    )
    rejects = tmp_path / "rejects.csv"
    report = do_import(database, write(tmp_path / "a.csv", content), rejects=rejects)
    assert (report.read, report.stored, report.refused.total()) == (6, 2, 4)
    assert rejected(rejects) == [
        ["line", "reason", "email", "at", "note"],
        ["4", "Invalid email format", "nobody", "2026-01-01", 'a "b",\nc'],
        ["6", "at is blank", "b@x.com", "", "£"],
        [
            "8",
            "The row has more cells than the header, which has 3",
            *("b@x.com", "2026-01-01", "1", "2"),
        ],
        ["10", "at is blank", "c@x.com", "", ""],
    ]


def test_of_a_row_that_cannot_be_read_its_text_is_written(
    database: Database, tmp_path: Path
) -> None:
    text = 'email,at,note\r\na@x.com,2026-01-01,"open\r\nb@x.com,2026-01-01,ok\r\n'
    do_import(database, write(tmp_path / "a.csv", text), rejects=tmp_path / "rejects.csv")
    reason = "The row is not readable as CSV (a quote is not closed)"
    assert rejected(tmp_path / "rejects.csv")[1:] == [["2", reason, 'a@x.com,2026-01-01,"open']]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, True, None, "é"]}, '{"a": [1, true, null, "é"]}'),
        ([0.5, Decimal("0.1234567890123456789")], "[0.5, 0.1234567890123456789]"),
        ([float("nan")], "[NaN]"),
        (True, "true"),
        (7, "7"),
        (None, ""),
        ("=1+1", "=1+1"),
    ],
)
def test_refused_values_of_json_are_written_as_json(
    database: Database, tmp_path: Path, value: object, written: str
) -> None:
    row = simplejson.dumps({"email": "a@x.com", "at": "soon", "value": value}, allow_nan=True)
    path = write(tmp_path / "a.jsonl", row)
    do_import(database, path, rejects=tmp_path / "rejects.csv")
    assert rejected(tmp_path / "rejects.csv")[1][-1] == written


def test_refused_values_of_parquet_are_written_as_json(database: Database, tmp_path: Path) -> None:
    values = [{"on": date(2026, 1, 2), "n": [1.5], "d": Decimal("1.50")}]
    table = arrow.table({"email": ["a@x.com"], "at": ["soon"], "value": values})
    parquet.write_table(table, tmp_path / "a.parquet")
    do_import(database, tmp_path / "a.parquet", rejects=tmp_path / "rejects.csv")
    written = rejected(tmp_path / "rejects.csv")[1][-1]
    assert written == '{"on": "2026-01-02", "n": [1.5], "d": 1.50}'


def test_what_no_file_can_hold_is_written_as_far_as_possible(
    database: Database, tmp_path: Path
) -> None:
    row = '{"email": "a@x.com", "at": "2026-01-01", "note": "\\ud800", "more": [1]}\n'
    path = write(tmp_path / "a.jsonl", row + "[]\n")
    do_import(database, path, rejects=tmp_path / "rejects.csv")
    assert rejected(tmp_path / "rejects.csv")[1:] == [
        ["1", "properties must not contain lone surrogates", "a@x.com", "2026-01-01", "?", "[1]"],
        ["2", "The row is not a JSON object", "[]"],
    ]


def nested(levels: int) -> list[Any]:
    return [nested(levels - 1)] if levels else []


def test_a_rejects_file_without_rejects_has_a_header(database: Database, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    do_import(database, csv_file(tmp_path, visits(3)), rejects=rejects, dry_run=True)
    assert rejected(rejects) == [["line", "reason", *HEADER]]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("\0", "properties must not contain NUL characters"),
        ("x" * 40_000, "properties must be at most 32 KiB as JSON"),
        (nested(40), "properties must nest at most 32 levels"),
        (nested(30), None),
    ],
    ids=["NUL", "long", "deep", "good"],
)
def test_rows_are_held_to_the_limits_of_events(
    database: Database, tmp_path: Path, value: object, reason: str | None
) -> None:
    rows = [{"email": "a@x.com", "at": "2026-01-01", "value": each} for each in (value, 1)]
    report = do_import(database, write(tmp_path / "a.jsonl", json_lines(rows)))
    assert report.refused == (Counter([reason]) if reason else Counter())
    assert report.stored == (1 if reason else 2)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"who": 5}, "who must be a string"),
        ({"who": ["a@x.com"]}, "who must be a string"),
        ({"what": 5}, "what must be a string"),
        ({"what": False}, "what must be a string"),
        ({"who": None}, "Email is required"),
        ({"who": float("nan")}, "Email is required"),
        ({"what": None}, "Event type is required"),
        ({"what": " "}, "Event type is required"),
    ],
)
def test_what_is_there_but_no_text_is_not_said_to_be_missing(
    database: Database, tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    good = {"who": "a@x.com", "what": "visit", "at": "2026-01-01"}
    path = write(tmp_path / "a.jsonl", json_lines([good, good | row]))
    report = do_import(database, path, FieldMapping(email="who", time="at", type_column="what"))
    assert (report.stored, report.refused) == (1, Counter([reason]))


# ------------------------------------------------------------------------------------------ dry run
def test_a_dry_run_stores_nothing(database: Database, tmp_path: Path) -> None:
    report = do_import(database, csv_file(tmp_path, visits(50)), dry_run=True)
    assert (report.read, report.stored, report.new_customers) == (50, 50, 7)
    assert count_rows(database, Customer) == count_rows(database, Event) == 0


@only_sqlite
def test_a_dry_run_of_many_customers_keeps_to_the_variables_of_a_statement(
    database: Database, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, [(address(each), "2026-01-01", "") for each in range(100)])
    do_import(database, path)
    with closing(connect(str(database.engine.url))) as limited:
        limited.engine.dispose()

        @sa.event.listens_for(limited.engine, "connect")
        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20)

        report = do_import(limited, path, dry_run=True)
    assert (report.duplicates, report.new_customers) == (100, 0)


some_rows = st.lists(
    st.tuples(
        st.sampled_from(["a@x.com", "A@x.com", "b@x.com", "c@x.com", "nobody", ""]),
        st.sampled_from(
            ["2026-01-01", "2026-01-02", "2026-01-03T00:00Z", "2030-01-01", "soon", ""]
        ),
        st.sampled_from(["1", "1.0", "2", "3", ""]),
    ),
    max_size=14,
)


@given(
    rows=some_rows,
    before=st.integers(0, 8),
    size=st.integers(1, 5),
    key=st.sampled_from([None, "{note}", "note", "{note}-{at}"]),
    shift=st.booleans(),
)
@settings(parent=one_database_for_all, max_examples=40)
def test_a_dry_run_says_what_the_import_then_does(
    database: Database,
    tmp_path: Path,
    rows: Rows,
    before: int,
    size: int,
    key: str | None,
    *,
    shift: bool,
) -> None:
    forget(database)
    mapping = FieldMapping(email="email", time="at", type="visit", key=key)
    with pytest.MonkeyPatch.context() as patch:
        chunks_of(patch, size)
        run = partial(do_import, mapping=mapping, shift_to_now=shift)
        run(database, csv_file(tmp_path, rows[:before]))
        stored = everything(database)
        path = csv_file(tmp_path, rows)
        dry = numbers(run(database, path, dry_run=True))
        assert everything(database) == stored
        assert numbers(run(database, path)) == dry
        assert numbers(run(database, path, dry_run=True))["stored"] == 0
    assert in_step(database)


# -------------------------------------------------------------------------------------------- shift
OLD: Rows = [
    ("a@x.com", "2010-12-01 08:00", "first"),
    ("b@x.com", "2011-12-09 12:50", "last"),
    ("a@x.com", "2011-12-01 12:50", "middle"),
    ("nobody", "2011-12-24", "newer, but refused"),
    ("a@x.com", "", "without a time"),
]


def test_shifted_the_newest_is_now_and_distances_are_kept(
    database: Database, tmp_path: Path
) -> None:
    report = do_import(database, csv_file(tmp_path, OLD), shift_to_now=True)
    assert (report.stored, report.refused.total()) == (3, 2)
    assert times(database) == {
        "last": NOW,
        "middle": NOW - timedelta(days=8),
        "first": NOW - (datetime(2011, 12, 9, 12, 50) - datetime(2010, 12, 1, 8)),  # noqa: DTZ001
    }
    assert in_step(database)


def test_times_of_the_future_are_shifted_back(database: Database, tmp_path: Path) -> None:
    rows = [("a@x.com", "2030-01-01", "last"), ("a@x.com", "2029-12-31", "first")]
    do_import(database, csv_file(tmp_path, rows), shift_to_now=True)
    assert times(database) == {"last": NOW, "first": NOW - timedelta(days=1)}


def test_a_row_that_the_shift_moves_out_of_time_is_refused(
    database: Database, tmp_path: Path
) -> None:
    rows: Rows = [("a@x.com", "9999-12-31", "last"), *OLD[:1], ("a@x.com", "9990-12-31", "first")]
    report = do_import(database, csv_file(tmp_path, rows), shift_to_now=True)
    assert report.refused == Counter(["at is too far from the newest"])
    assert times(database)["last"] == NOW


@pytest.mark.parametrize("useless", [0, 150])
def test_an_interrupted_shifted_import_goes_on_with_its_offset(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, useless: int
) -> None:
    chunks_of(monkeypatch, 200)
    rows = [("nobody", "2026-01-01", "")] * useless
    rows += [(email, at, str(number)) for number, (email, at, _) in enumerate(visits(1_000))]
    path = csv_file(tmp_path, rows)
    with pytest.raises(Interrupted):
        do_import(database, path, shift_to_now=True, on_progress=interrupt)
    assert 0 < count_rows(database, Event) < 1_000
    do_import(database, path, shift_to_now=True, now=NOW + timedelta(hours=5))
    found = times(database)
    assert found == {number: NOW - timedelta(minutes=999 - number) for number in range(1_000)}


@pytest.mark.parametrize("useless", [0, 200])
@pytest.mark.parametrize("calls", [1, 2, 5])
def test_wherever_it_was_interrupted_a_shifted_import_goes_on_with_its_offset(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int, useless: int
) -> None:
    chunks_of(monkeypatch, 150)
    monkeypatch.setattr(importing, "_TRANSACTION", 2_000)
    # Those who are stored last come first, each once.
    emails = sorted(map(address, range(600)), key=customer_id, reverse=True)
    rows = [(email, at, email) for email, (_, at, _) in zip(emails, visits(600), strict=True)]
    path = csv_file(tmp_path, [("nobody", "2026-01-01", "")] * useless + rows)
    told = iter([silent] * (calls - 1 + useless // 200) + [interrupt])
    with pytest.raises(Interrupted):
        do_import(database, path, shift_to_now=True, on_progress=lambda *at: next(told)(*at))
    assert 0 < count_rows(database, Event) < 600
    report = do_import(database, path, shift_to_now=True, now=NOW + timedelta(hours=5))
    assert report.stored + report.duplicates == 600
    found = times(database)
    assert found == {email: NOW - timedelta(minutes=599 - n) for n, email in enumerate(emails)}


def test_a_longer_version_shifted_does_not_land_in_the_future(
    database: Database, tmp_path: Path
) -> None:
    do_import(database, csv_file(tmp_path, OLD[:1]), shift_to_now=True)
    later = NOW + timedelta(days=7)
    report = do_import(database, csv_file(tmp_path, OLD), shift_to_now=True, now=later)
    assert (report.stored, report.duplicates) == (2, 1)
    assert times(database) == {"first": NOW, "middle": later - timedelta(days=8), "last": later}


def test_a_longer_version_shifted_keeps_its_offset_where_it_can(
    database: Database, tmp_path: Path
) -> None:
    do_import(database, csv_file(tmp_path, OLD[:1]), shift_to_now=True)
    later = NOW + timedelta(days=700)
    do_import(database, csv_file(tmp_path, OLD), shift_to_now=True, now=later)
    found = times(database)
    assert found["first"] == NOW
    assert found["last"] - found["middle"] == timedelta(days=8)
    assert found["last"] - found["first"] == timedelta(days=373, hours=4, minutes=50)


# ------------------------------------------------------------------------------ killed, two at once
KILLED = """
import os, signal, sys
import sqlalchemy as sa
from pipeline.__main__ import main
from pipeline.files import chunks

chunks._ROWS = 20
moment, chunk = sys.argv.pop(1), int(sys.argv.pop(1))
written = 0

def reached(this):
    if (this, written) == (moment, chunk):
        os.kill(os.getpid(), signal.SIGKILL)

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def after_statement(connection, cursor, statement, *rest):
    global written
    if "INSERT INTO customers" in statement:
        written += 1
        reached("in the middle of")

@sa.event.listens_for(sa.Engine, "commit")
def before_commit(connection):
    reached("before the commit of")

@sa.event.listens_for(sa.Engine, "begin")
def after_commit(connection):
    reached("after the commit of")

main()
"""


@pytest.mark.no_cover
def test_killed_again_and_again_an_import_ends_as_an_undisturbed_one(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    rows = [*visits(150), *visits(30), ("nobody", "2026-01-01", ""), *visits(19)]
    path = csv_file(tmp_path, rows)
    do_import(database, path)
    disturbed = connect(database_url)
    command = ["import", str(path), "--email=email", "--time=at", "--type=visit"]
    environment = os.environ | {"DATABASE_URL": database_url}
    for moment, chunk, stored in [
        ("in the middle of", "3", 40),
        ("before the commit of", "5", 80),
        ("after the commit of", "7", 140),
    ]:
        process = subprocess.run(
            [sys.executable, "-c", KILLED, moment, chunk, *command], env=environment, check=False
        )
        assert process.returncode == -signal.SIGKILL
        assert count_rows(disturbed, Event) == stored
        assert in_step(disturbed)
    report = do_import(disturbed, path)
    assert (report.stored, report.duplicates, report.refused.total()) == (59, 140, 1)
    assert everything(disturbed) == everything(database)
    disturbed.close()


def test_two_imports_of_a_file_at_once_end_as_one(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(monkeypatch, 7)
    path = csv_file(tmp_path, [*visits(150), *visits(50)])
    do_import(database, path)
    alone = everything(database)
    forget(database)
    reports = at_once(*[partial(do_import, database, path)] * 2)
    found = [report for report in reports if isinstance(report, ImportReport)]
    assert [report.read for report in found] == [200, 200]
    assert sum(report.stored for report in found) == 200
    assert sum(report.new_customers for report in found) == 7
    assert everything(database) == alone
    assert in_step(database)


# --------------------------------------------------------------------------------- another process
@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as a large one, which another process converts."""
    monkeypatch.setattr(chunks, "_LARGE", 0)


def children() -> list[psutil.Process]:
    """The processes that convert files; others may belong to the tests of a browser."""
    started = psutil.Process().children()
    return [child for child in started if "pipeline.files.chunks" in " ".join(child.cmdline())]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl.gz", "a.parquet"])
def test_another_process_converts_a_file_to_the_very_same(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = table_file(tmp_path / name, 2_000)
    here = do_import(database, path, rejects=tmp_path / "here.csv", shift_to_now=True)
    stored = everything(database)
    forget(database)
    monkeypatch.setattr(chunks, "_LARGE", 0)
    there = do_import(database, path, rejects=tmp_path / "there.csv", shift_to_now=True)
    assert numbers(there) == numbers(here)
    assert (there.first_at, there.last_at) == (here.first_at, here.last_at)
    assert everything(database) == stored
    assert (tmp_path / "there.csv").read_text() == (tmp_path / "here.csv").read_text()
    assert not children()


@pytest.mark.usefixtures("elsewhere")
def test_a_file_that_breaks_off_says_so_from_the_other_process(
    database: Database, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, visits(3_000))
    path.write_bytes(path.read_bytes() + b"\xff")
    with pytest.raises(Invalid, match=r"^a\.csv is not utf-8 text$"):
        do_import(database, path, encoding="utf-8")
    assert not children()


@pytest.mark.usefixtures("elsewhere")
def test_who_stops_an_import_stops_the_other_process(database: Database, tmp_path: Path) -> None:
    path = csv_file(tmp_path, visits(100))
    with pytest.raises(Interrupted):
        do_import(database, path, on_progress=interrupt)
    assert not children()
    assert do_import(database, path).duplicates == 100


@pytest.mark.no_cover
@pytest.mark.usefixtures("elsewhere")
def test_an_import_whose_other_process_is_ended_says_so_and_can_be_repeated(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So many that it cannot be done before the first of them are stored.
    rows = 3 * chunks._ROWS
    path = table_file(tmp_path / "a.csv", rows)
    ended: list[psutil.Process] = []

    def end(done: int, total: int) -> None:
        if not ended:
            ended.extend(children())
            ended[0].kill()

    with pytest.raises(PipelineError, match=r"^The process that reads the file was ended; import"):
        do_import(database, path, on_progress=end)
    assert 0 < count_rows(database, Event) < rows
    assert in_step(database)
    do_import(database, path)
    assert count_rows(database, Event) == rows


# ------------------------------------------------------------------------------------------- memory
def table_file(path: Path, number: int) -> Path:
    """So many rows, no two alike, of 50 customers."""
    rows = [
        (address(each % 50), f"2026-01-01 09:{each % 50:02}", f"note {each} {'x' * 80}")
        for each in range(number)
    ]
    if path.suffix == ".parquet":
        columns = zip(*rows, strict=True)
        parquet.write_table(arrow.table(dict(zip(HEADER, columns, strict=True))), path)
        return path
    if ".jsonl" in path.suffixes:
        return write(path, json_lines(dict(zip(HEADER, row, strict=True)) for row in rows))
    return write(path, csv_text([HEADER, *rows]))


@pytest.mark.parametrize("in_memory", [1, 3, 1_000])
@given(st.lists(st.lists(st.sampled_from([b"a", b"b", b"\0", b""]), max_size=5), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_things_are_numbered_the_same_in_memory_and_on_disk(
    monkeypatch: pytest.MonkeyPatch, in_memory: int, calls: list[list[bytes]]
) -> None:
    monkeypatch.setattr(occurrences, "_IN_MEMORY", in_memory)
    so_far: list[bytes] = []
    with occurrences.Occurrences() as seen:
        for things in calls:
            expected = [(so_far + things[: i + 1]).count(thing) for i, thing in enumerate(things)]
            assert seen.number(things) == expected
            so_far += things


@pytest.fixture
def often_collected() -> Iterator[None]:
    """Garbage is collected as often as Python does by itself: until then it counts as memory."""
    usual = gc.get_threshold()
    gc.set_threshold(700)
    yield
    gc.set_threshold(*usual)


@pytest.mark.no_cover
@only_sqlite
@pytest.mark.usefixtures("often_collected")
@pytest.mark.parametrize(
    ("name", "dry_run"),
    [("a.csv", False), ("a.csv.gz", True), ("a.jsonl", False), ("a.parquet", False)],
)
def test_memory_does_not_grow_with_the_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, dry_run: bool
) -> None:
    chunks_of(monkeypatch, 100)
    monkeypatch.setattr(streams, "_BLOCK", 10_000)
    monkeypatch.setattr(occurrences, "_IN_MEMORY", 300)
    monkeypatch.setattr(reading, "_REMEMBERED", 100)
    run = partial(do_import, database, dry_run=dry_run, shift_to_now=True)
    run(table_file(tmp_path / f"warm-up-{name}", 300))
    peaks = []
    for number in (
        5_000,
        10_000,
    ):  # the first fills what is remembered of a bounded number of values
        path = table_file(tmp_path / f"{number}-{name}", number)
        tracemalloc.start()
        report = run(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.read == number
    # A row kept is 400 bytes at least, and its key alone 100.
    assert peaks[1] - peaks[0] < 5_000 * 50


# ---------------------------------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("name", "content", "options", "sentence"),
    [
        ("a.csv", "email,at\n", {"encoding": "utf-99"}, "Unknown encoding 'utf-99'"),
        ("a.csv", "email,at\n", {"delimiter": "--"}, "The delimiter must be one character"),
        ("a.csv", b"email,at\na@x.com,\xe9\n", {"encoding": "utf-8"}, "a.csv is not utf-8 text"),
        ("a.csv", "mail,at\n", {}, "Unknown column 'email'; the file has: mail, at"),
        ("a.csv", "", {}, "a.csv is empty"),
        ("a.csv", b"\0\1\2", {}, "a.csv is not a text file"),
        ("a.csv", "email,at\n", {"rejects": Path("/nowhere/x.csv")}, "/nowhere/x.csv cannot be"),
        ("a.csv", "email,at\n", {"rejects": Path("/")}, "/ cannot be written: Is a directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_before_anything_is_stored(
    database: Database,
    tmp_path: Path,
    name: str,
    content: str | bytes,
    options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(Invalid) as refusal:
        do_import(database, write(tmp_path / name, content), **options)
    assert str(refusal.value).startswith(sentence)
    assert count_rows(database, Customer) == 0


def test_a_file_is_not_overwritten_with_its_own_rejects(database: Database, tmp_path: Path) -> None:
    path = csv_file(tmp_path, OLD)
    before = path.read_bytes()
    other_name = tmp_path / "link.csv"
    other_name.symlink_to(path)
    for rejects in path, other_name:
        with pytest.raises(Invalid, match="is the imported file itself"):
            do_import(database, path, rejects=rejects)
    assert path.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_for_the_rejects_is_told_in_a_sentence(
    database: Database, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, [("nobody", "2026-01-01", "x" * 100)] * 1_000)
    with pytest.raises(Invalid, match=r"^/dev/full cannot be written: No space left on device$"):
        do_import(database, path, rejects=Path("/dev/full"))


def cut_gzip(folder: Path) -> Path:
    whole = gzip.compress(table_file(folder / "whole.csv", 3_000).read_bytes())
    path = folder / "a.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    return path


def wrong_late(folder: Path) -> Path:
    whole = table_file(folder / "whole.csv", 3_000).read_bytes()
    return write(folder / "a.csv", whole.replace(b"note 2000 ", b"note \xe9 "))


def damaged_late(folder: Path) -> Path:
    path = folder / "a.parquet"
    table = parquet.read_table(table_file(path, 3_000))
    parquet.write_table(table, path, row_group_size=1_000, use_dictionary=False)
    raw = bytearray(path.read_bytes())
    middle = len(raw) * 2 // 3
    raw[middle : middle + 2_000] = bytes(2_000)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("damaged", "sentence"),
    [
        (cut_gzip, "a.csv.gz is not a whole gzip file"),
        (wrong_late, "a.csv is not utf-8 text"),
        (damaged_late, "a.parquet is not a readable Parquet file"),
    ],
)
def test_of_a_file_that_is_damaged_late_whole_chunks_are_stored(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damaged: Callable[[Path], Path],
    sentence: str,
) -> None:
    chunks_of(monkeypatch, 100)
    monkeypatch.setattr(csv_rows, "SAMPLE_ROWS", 10)
    path = damaged(tmp_path)
    with pytest.raises(Invalid) as refusal:
        do_import(database, path, encoding="utf-8")
    assert str(refusal.value) == sentence
    stored = count_rows(database, Event)
    assert 0 < stored < 3_000
    assert stored % 100 == 0
    assert in_step(database)
    whole = table_file(
        tmp_path / f"whole{path.suffix if path.suffix == '.parquet' else '.csv'}", 3_000
    )
    assert do_import(database, whole).stored == 3_000 - stored


# ---------------------------------------------------------------------------------------- real data
@pytest.mark.no_cover
def test_the_clickstream_is_imported_whole(database: Database) -> None:
    path = shared_data("shop-clickstream/ecom.csv.gz")
    mapping = FieldMapping(email="{user_id}@example.com", time="timestamp", type_column="event")
    report = do_import(database, path, mapping)
    table = pd.read_csv(path)
    assert numbers(report) == {
        "read": 31_106,
        "stored": 31_106,
        "duplicates": 0,
        "refused": {},
        "new_customers": table["user_id"].nunique(),
    }
    assert int(table.duplicated().sum()) == 30  # and both lines count
    with database.read() as session:
        types = session.execute(sa.select(Event.type, sa.func.count()).group_by(Event.type))
        assert {kind: number for kind, number in types} == dict(table["event"].value_counts())  # noqa: C416
        span = session.execute(
            sa.select(sa.func.min(Event.occurred_at), sa.func.max(Event.occurred_at))
        )
        assert [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in span.one()] == [
            table["timestamp"].min(),
            table["timestamp"].max(),
        ]
        one = session.scalars(
            sa.select(Event).join(Customer).where(Customer.email == "user_0000@example.com")
            .order_by(Event.occurred_at).limit(1)
        ).one()  # fmt: skip
    columns = ["session_id", "platform", "acquisition_channel", "user_cohort", "user_lifecycle"]
    first = table[table["user_id"] == "user_0000"].sort_values("timestamp").iloc[0]
    assert one.properties == dict(first[columns])
    assert in_step(database)
    again = do_import(database, path, mapping)
    assert (again.stored, again.duplicates, again.new_customers) == (0, 31_106, 0)


@pytest.mark.no_cover
def test_invoices_are_imported_as_pandas_counts_them(database: Database, tmp_path: Path) -> None:
    with gzip.open(shared_data("online-retail.csv.gz")) as whole:
        path = tmp_path / "invoices.csv"
        path.write_bytes(b"".join(next(whole) for _ in range(60_000)))
    mapping = FieldMapping(
        email="c{CustomerID}@example.com",
        time="InvoiceDate",
        type="purchase",
        timezone="Europe/London",
        properties={"sku": "StockCode"},
    )
    report = do_import(database, path, mapping, shift_to_now=True)
    table = pd.read_csv(path, dtype={"InvoiceNo": str, "StockCode": str})
    known = table.dropna(subset="CustomerID")
    assert numbers(report) == {
        "read": len(table),
        "stored": len(known),
        "duplicates": 0,
        "refused": {"CustomerID is blank": len(table) - len(known)},
        "new_customers": known["CustomerID"].nunique(),
    }
    emails = "c" + known["CustomerID"].astype(int).astype(str) + "@example.com"
    counts = sa.select(Customer.email, Activity.event_count).join(Customer)
    with database.read() as session:
        found = {email: number for email, number in session.execute(counts)}  # noqa: C416
        events = session.execute(sa.select(Event.properties, Event.occurred_at)).all()
    assert found == dict(emails.value_counts())
    moments = pd.to_datetime(known["InvoiceDate"]).dt.tz_localize("Europe/London")
    assert Counter(at for _, at in events) == Counter(NOW - (moments.max() - moments))
    for name, column in [("sku", "StockCode"), ("Country", "Country"), ("UnitPrice", "UnitPrice")]:
        assert Counter(row[name] for row, _ in events) == Counter(known[column])
    assert sum(row["Quantity"] for row, _ in events) == known["Quantity"].sum()
    cancelled = sum(row["InvoiceNo"].startswith("C") for row, _ in events)
    assert cancelled == known["InvoiceNo"].str.startswith("C").sum()
    assert not {"CustomerID", "InvoiceDate", "StockCode"} & events[0].properties.keys()
