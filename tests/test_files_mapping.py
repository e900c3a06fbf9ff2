"""The mapping: where each field of an event comes from in a row."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline import exact_json
from pipeline.errors import Invalid
from pipeline.files import FieldMapping, csv_rows
from pipeline.files.numbers import numbers_in
from pipeline.files.opening import open_rows
from pipeline.files.reading import Fields, RowReader
from tests.files import csv_text, json_lines, write

ROW = {"email": "a@x.com", "at": "2026-01-02 09:30", "kind": "visit"}


def reader(path: Path, **mapping: Any) -> RowReader:
    """A mapping for files with the columns of ROW, and then some."""
    fields = {"email": "email", "time": "at", "type_column": "kind"} | mapping
    return RowReader(FieldMapping(**fields), open_rows(path))


def event(path: Path, **mapping: Any) -> Fields:
    """The event of a file's first row."""
    ready = reader(path, **mapping)
    return ready.read(next(ready.file.rows()).values)


def properties(fields: Fields) -> Any:
    return exact_json.loads(fields.properties)


def csv_file(folder: Path, *rows: dict[str, Any]) -> Path:
    """Rows with what ROW has, and more or other."""
    table = [ROW | row for row in rows] or [ROW]
    return write(folder / "a.csv", csv_text([table[0], *(row.values() for row in table)]))


def jsonl_file(folder: Path, *rows: dict[str, Any]) -> Path:
    return write(folder / "a.jsonl", json_lines(ROW | row for row in rows))


def parquet_file(folder: Path, **columns: Any) -> Path:
    table = {name: [value] for name, value in ROW.items()} | columns
    parquet.write_table(arrow.table(table), folder / "a.parquet")
    return folder / "a.parquet"


def refusal(path: Path, **mapping: Any) -> str:
    """Why the mapping cannot be used for the file, or not for its first row."""
    with pytest.raises(Invalid) as refused:
        event(path, **mapping)
    return str(refused.value)


# ------------------------------------------------------------------------------------------- e-mail
@pytest.mark.parametrize(
    ("value", "email"),
    [
        ("17850.0", "c17850@x.com"),
        ("17850", "c17850@x.com"),
        (" 17850.00 ", "c17850@x.com"),
        ("-5.0", "c-5@x.com"),
        ("17850.5", "c17850.5@x.com"),
        ("1.0.0", "c1.0.0@x.com"),
        ("007", "c007@x.com"),
        ("A-7.0", "cA-7.0@x.com"),
        ("12345678901234567890", "c12345678901234567890@x.com"),
    ],
)
def test_a_numeric_id_in_a_template_is_the_whole_number(
    tmp_path: Path, value: str, email: str
) -> None:
    path = csv_file(tmp_path, {"id": value})
    assert event(path, email="c{id}@x.com").email == email


@pytest.mark.parametrize("value", [17850, 17850.0])
def test_a_template_takes_numbers_of_json_and_parquet(tmp_path: Path, value: float) -> None:
    for path in jsonl_file(tmp_path, {"id": value}), parquet_file(tmp_path, id=[value]):
        assert event(path, email="c{id}@x.com").email == "c17850@x.com"


def test_a_template_can_have_several_columns_of_any_name(tmp_path: Path) -> None:
    path = csv_file(tmp_path, {"shop no.": "7", "id": "12"})
    assert event(path, email="{shop no.}-{id}@{id}.x.com").email == "7-12@12.x.com"


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_in_a_template_is_refused(tmp_path: Path, blank: str) -> None:
    assert refusal(csv_file(tmp_path, {"id": blank}), email="c{id}@x.com") == "id is blank"


@pytest.mark.parametrize("blank", [None, "", float("nan")])
def test_what_json_and_parquet_leave_blank_is_refused(tmp_path: Path, blank: object) -> None:
    path = jsonl_file(tmp_path, {"id": blank})
    assert refusal(path, email="c{id}@x.com") == "id is blank"
    path = parquet_file(tmp_path, id=arrow.array([None], arrow.float64()))
    assert refusal(path, email="c{id}@x.com") == "id is blank"
    path = parquet_file(tmp_path, id=[float("nan")])
    assert refusal(path, email="c{id}@x.com") == "id is blank"


def test_an_email_can_be_a_column(tmp_path: Path) -> None:
    assert event(csv_file(tmp_path)).email == "a@x.com"


# --------------------------------------------------------------------------------------------- type
def test_a_type_is_a_column_or_the_same_for_all(tmp_path: Path) -> None:
    path = csv_file(tmp_path)
    assert event(path).type == "visit"
    assert event(path, type_column=None, type="purchase").type == "purchase"


@pytest.mark.parametrize("type_", [{"type": "visit"}, {"type_column": None}])
def test_both_and_neither_of_type_and_type_column_are_refused(
    tmp_path: Path, type_: dict[str, Any]
) -> None:
    sentence = "The mapping needs either an event type or a column that holds it"
    assert refusal(csv_file(tmp_path), **type_) == sentence


# --------------------------------------------------------------------------------------------- time
LONDON = {"timezone": "Europe/London"}
GERMAN = {"time_format": "%d.%m.%Y %H:%M"}
ZONED = {"time_format": "%Y-%m-%d %H:%M:%S %Z"}
EPOCH, EPOCH_MS, EPOCH_US = ({"time_format": each} for each in ("epoch", "epoch-ms", "epoch-us"))

MOMENTS: list[tuple[Any, dict[str, Any], str]] = [
    ("2026-01-02 09:30", {}, "2026-01-02T09:30:00"),
    (" 2026-01-02T09:30:15.25 ", {}, "2026-01-02T09:30:15.250000"),
    ("2026-01-02", {}, "2026-01-02T00:00:00"),
    ("20260102T093000", {}, "2026-01-02T09:30:00"),
    ("2026-01-02t09:30:00z", {}, "2026-01-02T09:30:00"),
    ("2026-01-02 09:30+05:30", {}, "2026-01-02T04:00:00"),
    ("2026-01-02 09:30:00.1234567 +05:30", {}, "2026-01-02T04:00:00.123456"),
    ("2026-01-02 09:30 z", {}, "2026-01-02T09:30:00"),
    ("2011-01-02 09:30", LONDON, "2011-01-02T09:30:00"),
    ("2011-07-02 09:30", LONDON, "2011-07-02T08:30:00"),
    ("2011-07-02", LONDON, "2011-07-01T23:00:00"),
    ("2011-07-02 09:30Z", LONDON, "2011-07-02T09:30:00"),
    ("2011-07-02 09:30-04:00", LONDON, "2011-07-02T13:30:00"),
    ("2.7.2011 09:30", GERMAN, "2011-07-02T09:30:00"),
    ("2.7.2011 09:30", GERMAN | LONDON, "2011-07-02T08:30:00"),
    ("2.7.2011 9+0200", {"time_format": "%d.%m.%Y %H%z"} | LONDON, "2011-07-02T07:00:00"),
    ("2011-07-02 09:30:00 UTC", ZONED | LONDON, "2011-07-02T09:30:00"),
    ("2011-07-02 09:30:00 gmt", ZONED | LONDON, "2011-07-02T09:30:00"),
    ("2011-07-02 9 GMT+0200", {"time_format": "%Y-%m-%d %H %Z%z"}, "2011-07-02T07:00:00"),
    ("7/2/11 1:05 PM", {"time_format": "%m/%d/%y %I:%M %p"}, "2011-07-02T13:05:00"),
    ("1767346200", EPOCH, "2026-01-02T09:30:00"),
    ("1767346200.25", EPOCH, "2026-01-02T09:30:00.250000"),
    ("1.7673462e9", EPOCH, "2026-01-02T09:30:00"),
    ("1767346200", EPOCH | LONDON, "2026-01-02T09:30:00"),
    ("1767346200123", EPOCH_MS, "2026-01-02T09:30:00.123000"),
    ("1767346200123.5", EPOCH_MS, "2026-01-02T09:30:00.123500"),
    ("1767346200123456", EPOCH_US, "2026-01-02T09:30:00.123456"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "mapping", "moment"), MOMENTS)
def test_times_are_read(tmp_path: Path, value: str, mapping: dict[str, Any], moment: str) -> None:
    found = event(csv_file(tmp_path, {"at": value}), **mapping).time
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "mapping"),
    [(1767346200, EPOCH), (1767346200.0, EPOCH), (1767346200000, EPOCH_MS)],
)
def test_epochs_of_json_and_parquet_are_read(
    tmp_path: Path, value: float, mapping: dict[str, Any]
) -> None:
    for path in jsonl_file(tmp_path, {"at": value}), parquet_file(tmp_path, at=[value]):
        moment = event(path, **mapping).time
        assert moment == datetime(2026, 1, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "mapping", "moment"),
    [
        (arrow.array([1309599000], arrow.timestamp("s")), {}, "2011-07-02T09:30:00"),
        (arrow.array([1309599000], arrow.timestamp("s")), LONDON, "2011-07-02T08:30:00"),
        (arrow.array([1309599000], arrow.timestamp("s", "UTC")), LONDON, "2011-07-02T09:30:00"),
        (arrow.array([1309599000], arrow.timestamp("s", "Asia/Tokyo")), {}, "2011-07-02T09:30:00"),
        (
            arrow.array([1309599000123456789], arrow.timestamp("ns")),
            LONDON | GERMAN,
            "2011-07-02T08:30:00.123456",
        ),
        (arrow.array([15157], arrow.date32()), LONDON, "2011-07-01T23:00:00"),
        (arrow.array(["2011-07-02 09:30"]), LONDON, "2011-07-02T08:30:00"),
        (arrow.array([b"2011-07-02 09:30"]), LONDON, "2011-07-02T08:30:00"),
    ],
)
def test_moments_of_parquet_are_read(
    tmp_path: Path, values: Any, mapping: dict[str, Any], moment: str
) -> None:
    found = event(parquet_file(tmp_path, at=values), **mapping).time
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert type(found) is datetime


@pytest.mark.parametrize(
    ("value", "mapping"),
    [
        ("yesterday", {}),
        ("2026-13-01", {}),
        ("1767346200", {}),
        ("1701010101010", {}),
        ("2024-01-01X10:00", {}),
        ("2024-01-01T10:00X+02:00", {}),
        ("2024 -01-01", {}),
        ("0001-01-01 00:00+14:00", {}),
        ("2026-01-02 09:30", GERMAN),
        ("2.7.2011 09:30 ", {"time_format": "%d.%m.%Y"}),
        ("2026-01-02 09:30:00 EST", ZONED),
        ("2026-01-02 09:30:00 CET", ZONED),
        ("2026-01-02 09:30:00", ZONED),
        ("soon", EPOCH),
        ("2026-01-02", EPOCH),
        ("nan", EPOCH),
        ("-Infinity", EPOCH),
        ("1e300", EPOCH),
        ("1e999999", EPOCH),
        ("1e999999999", EPOCH),
        ("999999999999", EPOCH),
    ],
)
def test_a_time_of_another_format_is_refused(
    tmp_path: Path, value: str, mapping: dict[str, Any]
) -> None:
    sentence = f"at is not a time of the format {mapping.get('time_format', 'ISO 8601')}"
    assert refusal(csv_file(tmp_path, {"at": value}), **mapping) == sentence
    assert refusal(jsonl_file(tmp_path, {"at": value}), **mapping) == sentence


def test_a_zones_name_is_refused_on_machines_of_that_zone_as_well(tmp_path: Path) -> None:
    path = csv_file(tmp_path, {"at": "2026-01-02 09:30:00 EST"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        found = refusal(path, **ZONED)
    time.tzset()
    assert found == "at is not a time of the format %Y-%m-%d %H:%M:%S %Z"


@pytest.mark.parametrize("value", [1767346200, True, [2026, 1, 2], {"year": 2026}])
def test_a_time_of_another_type_is_refused(tmp_path: Path, value: object) -> None:
    path = jsonl_file(tmp_path, {"at": value})
    assert refusal(path) == "at is not a time of the format ISO 8601"


def test_a_blank_time_is_refused(tmp_path: Path) -> None:
    assert refusal(csv_file(tmp_path, {"at": " "})) == "at is blank"
    assert refusal(jsonl_file(tmp_path, {"at": None})) == "at is blank"


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../../etc/passwd", "Europe", "a\0b"])
def test_an_unknown_time_zone_is_refused(tmp_path: Path, name: str) -> None:
    sentence = f"Unknown time zone '{name}'; expected a name such as Europe/London"
    assert refusal(csv_file(tmp_path), timezone=name) == sentence


@pytest.mark.parametrize("time_format", ["%Q", "%Y %Y", "%d.%m. %H:%M", "epoch-ns", "", "%"])
def test_an_unknown_time_format_is_refused(tmp_path: Path, time_format: str) -> None:
    found = refusal(csv_file(tmp_path), time_format=time_format)
    assert found.startswith(
        f"Unknown time format '{time_format}'; expected epoch, epoch-ms, epoch-us, or"
    )


# --------------------------------------------------------------------------------------- properties
SHOP = {"sku": "71053", "price": "2.50", "note": " red "}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({}, {"sku": 71053, "price": 2.5, "note": "red"}),
        ({"remaining": False}, {}),
        ({"remaining": False, "properties": {"note": "note"}}, {"note": "red"}),
        ({"remaining": False, "properties": {"article": "sku"}}, {"article": 71053}),
        ({"properties": {"article": "sku"}}, {"article": 71053, "price": 2.5, "note": "red"}),
        ({"properties": {"a": "sku", "b": "sku"}, "remaining": False}, {"a": 71053, "b": 71053}),
        ({"properties": {"mail": "email"}, "remaining": False}, {"mail": "a@x.com"}),
        ({"properties": {"note": "sku"}}, {"note": 71053, "price": 2.5}),
        ({"email": "{sku}@x.com"}, {"email": "a@x.com", "price": 2.5, "note": "red"}),
        ({"key": "{sku}-{note}"}, {"price": 2.5}),
        ({"key": "sku"}, {"price": 2.5, "note": "red"}),
        (
            {"type_column": None, "type": "visit"},
            {"kind": "visit", "sku": 71053, "price": 2.5, "note": "red"},
        ),
    ],
)
def test_properties_are_chosen_columns_or_all_that_nothing_else_uses(
    tmp_path: Path, mapping: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert properties(event(csv_file(tmp_path, SHOP), **mapping)) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["1", "-2", "3.5", "1e3", " 7 "], [1, -2, 3.5, 1000.0, 7]),
        (["71053", "85123A"], ["71053", "85123A"]),
        (["007", "8"], ["007", "8"]),
        (["+44", "8"], ["+44", "8"]),
        (["1,5", "2"], ["1,5", "2"]),
        (["nan", "1"], ["nan", "1"]),
        (["٣", "1"], ["٣", "1"]),
        (["", "1", " "], [None, 1, None]),
        (["", "x"], [None, "x"]),
        (["", ""], [None, None]),
        (["12345678901234567890123"], [12345678901234567890123]),
        (["0.1234567890123456789"], [Decimal("0.1234567890123456789")]),
        (["true", "null"], ["true", "null"]),
    ],
)
def test_a_csv_column_of_numbers_is_of_numbers_and_a_blank_is_left_out(
    tmp_path: Path, column: list[str], expected: list[Any]
) -> None:
    ready = reader(csv_file(tmp_path, *({"value": text} for text in column)))
    found = [properties(ready.read(row.values)) for row in ready.file.rows()]
    assert found == [{} if value is None else {"value": value} for value in expected]
    assert [type(row.get("value")) for row in found] == [type(value) for value in expected]


def decimals(folder: Path, *columns: list[str], delimiter: str = ";", **mapping: Any) -> list[Any]:
    """What becomes of columns of texts, in a file with more columns and this delimiter."""
    names = [*ROW, *(f"x{number}" for number, _ in enumerate(columns))]
    rows = [[*ROW.values(), *row] for row in zip(*columns, strict=True)]
    path = write(folder / "a.csv", csv_text([names, *rows], delimiter=delimiter))
    ready = reader(path, **mapping)
    found = [properties(ready.read(row.values)) for row in ready.file.rows()]
    return [[row.get(name) for row in found] for name in names[len(ROW) :]]


EUROS = ["8,50", "1.234,50", "12"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (EUROS, [8.5, 1234.5, 12]),
        (["1 234,50", "1\u00a0234,50", "-1\u202f234\u202f567,5"], [1234.5, 1234.5, -1234567.5]),
        (["-0,5", "8,00", "1,5e-7"], [-0.5, 8.0, 1.5e-7]),
        (["", "1,5", " 2,25 "], [None, 1.5, 2.25]),
        (["0,1234567890123456789", "1", "2"], [Decimal("0.1234567890123456789"), 1, 2]),
        (["12.345.678.901.234.567.890,5", "1", "2"], [Decimal("12345678901234567890.5"), 1, 2]),
        (["1.250", "3", "2.500"], [1250, 3, 2500]),
        (["1,250", "3", "2,500"], [1.25, 3, 2.5]),
        (["8,50", "8.50", "1"], ["8,50", "8.50", "1"]),
        (["8,50", "1,5,7", "1"], ["8,50", "1,5,7", "1"]),
        (["1.2.3", "1.2.4", "2"], ["1.2.3", "1.2.4", "2"]),
        (["14.01.2026", "15.01.2026", ""], ["14.01.2026", "15.01.2026", None]),
        (["00123", "00124", "7"], ["00123", "00124", "7"]),
        (["0171 123 456", "030 123", "7"], ["0171 123 456", "030 123", "7"]),
        (["612 345 678", "612345679", "7"], ["612 345 678", "612345679", "7"]),
        (["192.168.100.200", "7", "8"], ["192.168.100.200", "7", "8"]),
        (["1.23,5", "1.2345,5", "7"], ["1.23,5", "1.2345,5", "7"]),
        (["1.234 567,5", "+8,5", "7"], ["1.234 567,5", "+8,5", "7"]),
        (["8,50 €", "12,5 %", "7"], ["8,50 €", "12,5 %", "7"]),
        ([",5", "5,", "7"], [",5", "5,", "7"]),
    ],
)
@pytest.mark.parametrize("given", [{}, {"decimal": ","}])
def test_in_a_file_of_decimal_commas_a_column_of_numbers_is_of_the_same_numbers(
    tmp_path: Path, column: list[str], expected: list[Any], given: dict[str, Any]
) -> None:
    assert decimals(tmp_path, EUROS, column, **given) == [[8.5, 1234.5, 12], expected]
    (found,) = decimals(tmp_path, column, decimal=",")
    assert [(type(each), each) for each in found] == [(type(each), each) for each in expected]


@pytest.mark.parametrize(
    ("delimiter", "columns"),
    [
        (",", [EUROS]),
        ("|", [EUROS]),
        (";", [EUROS, ["1.5", "0.75", "2"]]),
        (";", [["1,250", "3", "2,500"]]),
        (";", [["1,250", "8.50", "2,500"]]),
        (";", [["8,50", "8.50", "x"]]),
    ],
)
def test_where_a_decimal_comma_is_in_doubt_texts_stay_what_they_are(
    tmp_path: Path, delimiter: str, columns: list[list[str]]
) -> None:
    assert decimals(tmp_path, *columns, delimiter=delimiter)[0] == columns[0]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_a_number_is_the_same_whatever_its_decimal_sign(value: Decimal) -> None:
    english = f"{value:,f}"
    german = english.translate(str.maketrans(",.", ".,"))
    columns = {"point": english.replace(",", ""), "comma": german}
    found = numbers_in(columns, [columns, {"comma": "0,5"}], may_have_commas=True)
    point = found.typed("point", ".")(columns["point"])
    assert exact_json.dumps(found.typed("comma", ",")(german)) == exact_json.dumps(point)


@pytest.mark.parametrize(
    ("decimal", "value", "email"),
    [
        (",", "17850,0", "c17850@x.com"),
        (",", "12.000", "c12.000@x.com"),
        (".", "12,000", "c12,000@x.com"),
        (".", "12.000", "c12@x.com"),
    ],
)
def test_a_whole_number_in_a_template_is_one_by_the_decimal_sign(
    tmp_path: Path, decimal: str, value: str, email: str
) -> None:
    path = csv_file(tmp_path, {"id": value})
    assert event(path, email="c{id}@x.com", decimal=decimal).email == email
    for path in (jsonl_file(tmp_path, {"id": 12.0}), parquet_file(tmp_path, id=[12.0])):
        assert event(path, email="c{id}@x.com", decimal=decimal).email == "c12@x.com"


def test_a_decimal_sign_that_is_given_is_taken(tmp_path: Path) -> None:
    weights = ["1.5", "0.75", "2"]
    assert decimals(tmp_path, EUROS, weights, delimiter="\t") == [EUROS, [1.5, 0.75, 2]]
    assert decimals(tmp_path, EUROS, weights, decimal=",") == [[8.5, 1234.5, 12], weights]
    assert decimals(tmp_path, EUROS, delimiter="\t") == [[8.5, 1234.5, 12]]
    assert decimals(tmp_path, EUROS, decimal=".") == [EUROS]
    assert decimals(tmp_path, EUROS, delimiter=",", decimal=",") == [[8.5, 1234.5, 12]]


def test_a_later_text_in_a_column_of_decimal_commas_stays_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "SAMPLE_ROWS", 3)
    (found,) = decimals(tmp_path, [*EUROS, "8.50", "none", "1.000"])
    assert found == [8.5, 1234.5, 12, "8.50", "none", 1000]


def test_an_unknown_decimal_sign_is_refused(tmp_path: Path) -> None:
    sentence = "Unknown decimal sign ';'; expected . or ,"
    assert refusal(csv_file(tmp_path), decimal=";") == sentence


def test_texts_of_json_and_parquet_are_no_numbers_whatever_the_decimal_sign(tmp_path: Path) -> None:
    for path in (jsonl_file(tmp_path, {"x": "8,50"}), parquet_file(tmp_path, x=["8,50"])):
        assert properties(event(path, decimal=",")) == {"x": "8,50"}


def test_a_number_beyond_any_range_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, {"value": "1e9999999999999999999"})
    assert refusal(path) == "properties must hold numbers within a double's range"


def test_json_values_stay_what_they_are_and_blanks_are_left_out(tmp_path: Path) -> None:
    values = {"text": " x ", "number": "7", "list": [None, 1], "object": {"a": ""}, "yes": False}
    path = jsonl_file(tmp_path, values | {"null": None, "empty": "", "space": " "})
    assert properties(event(path)) == values


def test_a_key_that_only_a_late_row_has_is_a_property_all_the_same(tmp_path: Path) -> None:
    rows = [*[{}] * 10_000, {"late": "x", "later": 1, "blank": None}]
    ready = reader(jsonl_file(tmp_path, *rows))
    *_, last = ready.file.rows()
    assert properties(ready.read(last.values)) == {"late": "x", "later": 1}
    chosen = reader(ready.file.path, remaining=False, properties={"mail": "email"})
    assert properties(chosen.read(last.values)) == {"mail": "a@x.com"}
    renamed = reader(ready.file.path, properties={"late": "email"})
    assert renamed.read(last.values).properties == '{"late":"a@x.com","later":1}'


# An event as the API takes it has its properties in an object of their own.
@pytest.mark.parametrize(
    ("row", "mapping", "expected"),
    [
        ({"properties": {"sku": "MUG", "on": {"a": [1]}}}, {}, {"sku": "MUG", "on": {"a": [1]}}),
        ({"properties": {}}, {}, {}),
        ({"properties": None}, {}, {}),
        ({"properties": {"sku": "MUG-01"}, "shop": "Bonn"}, {}, {"sku": "MUG-01", "shop": "Bonn"}),
        ({"properties": {"sku": "MUG-01"}, "sku": "CUP"}, {}, {"sku": "CUP"}),
        ({"properties": {"sku": "MUG-01"}, "sku": " "}, {}, {"sku": "MUG-01"}),
        ({"properties": {"sku": " ", "no": None, "email": "x"}}, {}, {"email": "x"}),
        ({"properties": {"properties": {"a": 1}}}, {}, {"properties": {"a": 1}}),
        ({"properties": "red"}, {}, {"properties": "red"}),
        ({"properties": [1]}, {}, {"properties": [1]}),
        (
            {"properties": {"sku": "MUG-01"}, "no": 7},
            {"remaining": False, "properties": {"properties": "properties"}},
            {"sku": "MUG-01"},
        ),
        (
            {"data": {"sku": "MUG-01"}, "no": 7},
            {"remaining": False, "properties": {"properties": "data"}},
            {"sku": "MUG-01"},
        ),
        ({"properties": {"a": 1}}, {"properties": {"all": "properties"}}, {"all": {"a": 1}}),
        ({"properties": {"a": 1}}, {"remaining": False}, {}),
    ],
)  # fmt: skip
def test_an_object_called_properties_is_the_properties_themselves(
    tmp_path: Path, row: dict[str, Any], mapping: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert properties(event(jsonl_file(tmp_path, row), **mapping)) == expected


def test_a_struct_called_properties_is_the_properties_themselves(tmp_path: Path) -> None:
    structs = arrow.array([{"sku": "MUG-01", "on": date(2026, 1, 2), "size": None}])
    path = parquet_file(tmp_path, properties=structs, shop=["Bonn"])
    assert properties(event(path)) == {"sku": "MUG-01", "on": "2026-01-02", "shop": "Bonn"}


def test_an_object_of_properties_that_only_a_late_row_has_is_them_all_the_same(
    tmp_path: Path,
) -> None:
    ready = reader(jsonl_file(tmp_path, *[{}] * 10_000, {"properties": {"sku": "MUG-01"}}))
    *_, last = ready.file.rows()
    assert properties(ready.read(last.values)) == {"sku": "MUG-01"}


# ---------------------------------------------------------------------------------------------- key
@pytest.mark.parametrize(
    ("template", "key"),
    [("{no}-{line}", "17850-2"), ("order {no}", "order 17850"), ("no", "17850"), (None, None)],
)
def test_a_key_is_a_template_or_a_column(
    tmp_path: Path, template: str | None, key: str | None
) -> None:
    path = csv_file(tmp_path, {"no": "17850.0", "line": "2"})
    assert event(path, key=template).key == key


@pytest.mark.parametrize("template", ["{no}-{line}", "line"])
def test_a_blank_in_a_key_is_refused(tmp_path: Path, template: str) -> None:
    assert refusal(csv_file(tmp_path, {"no": "1", "line": ""}), key=template) == "line is blank"


# ---------------------------------------------------------------------------------- unknown columns
@pytest.mark.parametrize(
    "mapping",
    [
        {"email": "mail"},
        {"email": "c{mail}@x.com"},
        {"time": "mail"},
        {"type_column": "mail"},
        {"properties": {"x": "mail"}},
        {"key": "mail"},
        {"key": "{email}{mail}"},
    ],
)
def test_an_unknown_column_is_refused_with_those_there_are(
    tmp_path: Path, mapping: dict[str, Any]
) -> None:
    sentence = "Unknown column 'mail'; the file has: email, at, kind"
    assert refusal(csv_file(tmp_path), **mapping) == sentence


def test_of_too_many_columns_the_first_are_listed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ",".join(f"column {n}" for n in range(5_000)))
    found = refusal(path)
    assert found.startswith("Unknown column 'email'; the file has: column 0, column 1, column 2, ")
    assert found.endswith("… (5,000 columns)")
    assert len(found) < 2_100
