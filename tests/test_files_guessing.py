"""Guesses: what a file's columns are likely to mean, by their names and values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from pyarrow import parquet

from pipeline.files import FieldMapping
from pipeline.files.guessing import Guess, TimeFormat, guess_mapping, guess_time_format
from pipeline.files.opening import open_rows
from pipeline.files.preview import preview_events
from pipeline.files.rows import RowFile
from pipeline.files.time_formats import TIME_FORMATS
from pipeline.files.times import time_reader
from tests.factories import NOW
from tests.files import csv_text, json_lines, shared_data, write

Columns = Mapping[str, Sequence[Any]]


def file_of(folder: Path, columns: Columns) -> RowFile:
    """A CSV file with these columns."""
    rows = zip(*columns.values(), strict=True)
    return open_rows(write(folder / "a.csv", csv_text([list(columns), *rows])))


def guess(folder: Path, columns: Columns) -> Guess:
    """What is guessed of a CSV file with these columns."""
    return guess_mapping(file_of(folder, columns))


# ------------------------------------------------------------------------------------------- e-mail
@pytest.mark.parametrize(
    ("columns", "email"),
    [
        ({"email": ["a@x.com", "b@x.com"]}, "email"),
        ({"E-Mail Address": ["A@x.com", " b@x.com "]}, "E-Mail Address"),
        ({"referrer": ["r@x.com", "r@x.com"], "customer_email": ["a@x.com", ""]}, "customer_email"),
        ({"who": ["a@x.com", "b@x.com"]}, "who"),
        ({"email": ["yes", "no"], "user_id": ["7", "8"]}, "c{user_id}@example.com"),
        ({"CustomerID": ["17850.0", "", "13047.0"]}, "c{CustomerID}@example.com"),
        ({"customer": ["u-1", "u-2"]}, "{customer}@example.com"),
        ({"Client No.": ["A7", "B8"]}, "{Client No.}@example.com"),
        ({"who": ["a@x.com"], "Adresse e-mail": ["b@x.com"]}, "Adresse e-mail"),
        ({"who": ["a@x.com"], "Correo electrónico": ["b@x.com"]}, "Correo electrónico"),
        ({"Kunden-Nr.": ["7", "8"]}, "c{Kunden-Nr.}@example.com"),
        ({"ID de cliente": ["7,0", "8,0"]}, "c{ID de cliente}@example.com"),
        ({"user_lifecycle": ["new", "old"]}, None),
        ({"customer": ["Ada Lovelace", "Grace Hopper"]}, None),
        ({"user_id": ["", " "]}, None),
        ({"{user}_id": ["1", "2"]}, None),
    ],
)
def test_an_email_is_a_column_of_addresses_or_made_of_the_one_that_names_a_customer(
    tmp_path: Path, columns: Columns, email: str | None
) -> None:
    assert guess(tmp_path, columns).email == email


def test_a_few_values_of_another_kind_do_not_hide_what_a_column_is(tmp_path: Path) -> None:
    emails = [f"c{number}@x.com" for number in range(40)]
    assert guess(tmp_path, {"contact": [*emails, "unknown"]}).email == "contact"
    assert guess(tmp_path, {"contact": [*emails[:4], "unknown"]}).email is None


@pytest.mark.parametrize(
    ("columns", "email"),
    [
        ({"contact": ["a@x.com", "b@x.com"], "E-Mail": ["a@x.com", "n/a"]}, "E-Mail"),
        ({"email": ["a@x.com", "?", "-", "none"], "user_id": ["1", "2", "3", "4"]}, "email"),
        ({"email": ["a@x.com", "unknown"], "user_email": ["a@x.com", "b@x.com"]}, "user_email"),
    ],
)
def test_what_is_plainly_called_email_is_it_however_many_of_its_values_are_none(
    tmp_path: Path, columns: Columns, email: str
) -> None:
    assert guess(tmp_path, columns).email == email


# --------------------------------------------------------------------------------------------- time
@pytest.mark.parametrize(
    ("columns", "time", "time_format"),
    [
        ({"at": ["2026-01-02 09:30", "2026-01-03"]}, "at", None),
        ({"ts": ["2026-01-02T09:30:00.5Z", ""]}, "ts", None),
        ({"date": ["20260102", "20260103"]}, "date", None),
        ({"timestamp": ["1767346200", "1767346260.25"]}, "timestamp", "epoch"),
        ({"time": ["1767346200123", "1767346200124"]}, "time", "epoch-ms"),
        ({"event_timestamp": ["1767346200123456"]}, "event_timestamp", "epoch-us"),
        ({"day": ["31.01.2026", "1.2.2026"]}, "day", "%d.%m.%Y"),
        ({"date": ["31/01/2026 14:30", "01/02/2026 9:05"]}, "date", "%d/%m/%Y %H:%M"),
        ({"date": ["01/31/2026 2:30 PM", "02/01/2026 9:05 AM"]}, "date", "%m/%d/%Y %I:%M %p"),
        ({"date": ["01/02/2026", "03/04/2026"]}, "date", "%d/%m/%Y"),
        ({"date": ["31 Jan 2026", "1 Feb 2026"]}, "date", "%d %b %Y"),
        ({"date": ["January 31, 2026", "May 1, 2026"]}, "date", "%B %d, %Y"),
        ({"when": ["Sat, 31 Jan 2026 14:30:00 +0000"]}, "when", "%a, %d %b %Y %H:%M:%S %z"),
        ({"event_time": ["2019-10-01 00:00:00 UTC"]}, "event_time", "%Y-%m-%d %H:%M:%S %Z"),
        ({"event_time": ["2019-10-01 00:00:00 EST"]}, None, None),
        ({"updated_at": ["2026-02-01"], "created_at": ["2026-01-01"]}, "created_at", None),
        ({"birthdate": ["1990-02-01"], "InvoiceDate": ["2026-01-01"]}, "InvoiceDate", None),
        ({"Geburtstag": ["1.2.1990"], "Datum": ["31.1.2026"]}, "Datum", "%d.%m.%Y"),
        ({"naissance": ["1990-02-01"], "Date d'achat": ["2026-01-01"]}, "Date d'achat", None),
        ({"nacimiento": ["1990-02-01"], "Fecha": ["2026-01-01"]}, "Fecha", None),
        ({"date": ["soon"], "moment": ["2026-01-02 09:30"]}, "moment", None),
        ({"time": ["1767346200,5", "1767346260,5"]}, None, None),
        ({"phone": ["1767346200"], "note": ["SET OF 3 TINS"]}, None, None),
        ({"time": ["", ""]}, None, None),
        ({"day": ["2026-01-01"], "time": ["soon"]}, "day", None),
        ({"sent_at": ["2026-01-01", "soon"]}, None, None),
        (
            {"day": ["2026-01-01"] * 3, "time": ["31.01.2026", "1.2.2026", "soon"]},
            "time",
            "%d.%m.%Y",
        ),
        ({"occurredAt": ["soon", "1767346200", "1767346260"]}, "occurredAt", "epoch"),
    ],
)
def test_a_time_is_the_column_that_can_be_read_as_one(
    tmp_path: Path, columns: Columns, time: str | None, time_format: str | None
) -> None:
    file = file_of(tmp_path, columns)
    assert guess_mapping(file).time == time
    if time:
        assert guess_time_format(file, time).name == time_format


@pytest.mark.parametrize("time_format", TIME_FORMATS)
def test_every_usual_format_is_found_from_what_it_writes(tmp_path: Path, time_format: str) -> None:
    moments = [datetime(2026, 5, day, 14, 30, 15, tzinfo=UTC) for day in (1, 9, 22, 31)]
    written = [moment.strftime(time_format) for moment in moments]
    found = guess_time_format(file_of(tmp_path, {"at": written}), "at").name
    readings = [list(map(time_reader(each, None), written)) for each in (found, time_format)]
    assert readings[0] == readings[1]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (["11/02/2026", "11/05/2026"], TimeFormat("%d/%m/%Y", "%m/%d/%Y", "11/02/2026")),
        (["11/11/2026", "02/11/2026 "], TimeFormat("%d/%m/%Y", "%m/%d/%Y", "02/11/2026")),
        (["11/02/2026", "11/15/2026"], TimeFormat("%m/%d/%Y")),
        (["11/11/2026"], TimeFormat("%d/%m/%Y")),
        (["1 May 2026"], TimeFormat("%d %b %Y")),
        (["2026-11-02"], TimeFormat(None)),
        (["soon"], None),
        (["31/01/2026", "01/31/2026"], None),
        (
            ["31/01/2026", "01/31/2026", *(f"{day:02}/02/2026" for day in range(1, 13))],
            TimeFormat("%d/%m/%Y", "%m/%d/%Y", "01/02/2026"),
        ),
    ],
)
def test_a_column_of_times_that_can_be_read_in_two_ways_is_known_as_such(
    tmp_path: Path, written: list[str], expected: TimeFormat | None
) -> None:
    file = file_of(tmp_path, {"id": ["1"] * len(written), "x": written})
    assert guess_time_format(file, "x") == expected


# ------------------------------------------------------------------------------------ type and key
@pytest.mark.parametrize(
    ("columns", "type_", "type_column"),
    [
        ({"event": ["home", "cart"], "name": ["x", "y"]}, None, "event"),
        ({"Event Type": ["home", "cart"]}, None, "Event Type"),
        ({"name": ["home", "cart"]}, None, "name"),
        ({"Ereignis": ["Kauf", "Besuch"], "name": ["x", "y"]}, None, "Ereignis"),
        ({"Typ": ["Kauf", "Besuch"], "Betrag": ["8,50", "7"]}, None, "Typ"),
        ({"Tipo": ["compra", "visita"], "Importe": ["8,50", "7"]}, None, "Tipo"),
        ({"Type d'événement": ["achat", "visite"]}, None, "Type d'événement"),
        ({"Tipo de evento": ["compra", "visita"]}, None, "Tipo de evento"),
        ({"Betrag": ["8,50", "7"]}, "purchase", None),
        ({"Quantité": ["8", "7"]}, "purchase", None),
        ({"type": ["1", "2"], "price": ["1.5", "2.5"]}, "purchase", None),
        ({"InvoiceNo": ["536365", "C536379"]}, "purchase", None),
        ({"page_url": ["/", "/pricing"]}, "page_view", None),
        ({"colour": ["red", "blue"]}, None, None),
    ],
)
def test_a_type_is_a_column_of_few_words_or_what_the_columns_speak_of(
    tmp_path: Path, columns: Columns, type_: str | None, type_column: str | None
) -> None:
    found = guess(tmp_path, columns)
    assert (found.type, found.type_column) == (type_, type_column)


def test_a_column_of_many_words_is_no_type(tmp_path: Path) -> None:
    assert guess(tmp_path, {"name": [f"name {each}" for each in range(300)]}).type_column is None


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"event_id": ["1", "2"]}, "event_id"),
        ({"id": ["7", "8"], "idempotencyKey": ["a", "b"]}, "idempotencyKey"),
        ({"id": ["7", "7"]}, None),
        ({"id": ["7", ""], "note": ["x", "y"]}, None),
        ({"order_id": ["7", "8"]}, None),
    ],
)
def test_a_key_is_a_column_that_is_there_to_tell_events_apart(
    tmp_path: Path, columns: Columns, key: str | None
) -> None:
    assert guess(tmp_path, columns).key == key


# ------------------------------------------------------------------------------------- file formats
def test_json_lines_are_guessed_from_values_of_any_type(tmp_path: Path) -> None:
    rows = [
        {"user": 7, "type": "visit", "ts": 1767346200, "properties": {"a": 1}, "tags": ["x"]},
        {"user": 8.0, "type": "visit", "ts": 1767346260, "id": None},
    ]
    file = open_rows(write(tmp_path / "a.jsonl", json_lines(rows)))
    assert guess_mapping(file) == Guess("c{user}@example.com", "ts", None, "type", None)
    assert guess_time_format(file, "ts") == TimeFormat("epoch")


def test_parquet_is_guessed_from_its_own_moments(tmp_path: Path) -> None:
    columns = {
        "email": ["a@x.com"],
        "moment": arrow.array([1309599000], arrow.timestamp("s")),
        "amount": [2.5],
    }
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    file = open_rows(tmp_path / "a.parquet")
    assert guess_mapping(file) == Guess("email", "moment", "purchase", None, None)
    assert guess_time_format(file, "moment") == TimeFormat(None)


def test_a_file_without_rows_suggests_nothing(tmp_path: Path) -> None:
    assert guess(tmp_path, {"email": [], "time": []}) == Guess()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "online-retail.csv.gz",
            Guess(email="c{CustomerID}@example.com", time="InvoiceDate", type="purchase"),
        ),
        (
            "shop-clickstream/ecom.csv.gz",
            Guess(email="{user_id}@example.com", time="timestamp", type_column="event"),
        ),
    ],
)
def test_real_files_need_no_help(name: str, expected: Guess) -> None:
    file = open_rows(shared_data(name))
    found = guess_mapping(file)
    assert found == expected
    mapping = FieldMapping(
        str(found.email), str(found.time), type=found.type, type_column=found.type_column
    )
    assert [row.problem for row in preview_events(file, mapping, 100, now=NOW)] == [""] * 100
