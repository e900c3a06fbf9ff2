"""File formats: whatever kind of file it is, its rows come out cell by cell, or a sentence does."""

import codecs
import tracemalloc
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline import exact_json
from pipeline.database import Database
from pipeline.errors import Invalid, PipelineError
from pipeline.files.opening import open_rows
from pipeline.files.reading import RowReader
from tests.factories import one_database_for_all
from tests.files import VISITS, csv_text, do_import, json_lines, write

only_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def cells(path: Path, **options: Any) -> list[list[Any]]:
    """The columns, and then the values of each row that could be read."""
    file = open_rows(path, **options)
    readable = (row for row in file.rows() if not row.problem)
    return [list(file.columns), *([row.values.get(c) for c in file.columns] for row in readable)]


def problems(path: Path) -> dict[int, str]:
    """What is wrong with the rows that could not be read, by line."""
    return {row.line: row.problem for row in open_rows(path).rows() if row.problem}


def lines(path: Path) -> list[int]:
    return [row.line for row in open_rows(path).rows()]


# --------------------------------------------------------------------------------------------- CSV
PLAIN = [["email", "note"], ["a@x.com", "1"], ["b@x.com", "2"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=repr)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=repr)
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str, line_end: str) -> None:
    text = csv_text(PLAIN, delimiter=delimiter, lineterminator=line_end)
    assert cells(write(tmp_path / "a.csv", text)) == PLAIN


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("a;b,c;d,e;f", ["a", "b,c", "d,e", "f"]),
        ('"a,b,c";d', ["a,b,c", "d"]),
        ("just_one", ["just_one"]),
        (" a , b ", ["a", "b"]),
        ("a,,c,", ["a", "column_2", "c", "column_4"]),
        ('"a\nb",c', ["a\nb", "c"]),
        ("\n  \n\na,b", ["a", "b"]),
    ],
)
def test_the_columns_are_those_of_the_header(
    tmp_path: Path, header: str, columns: list[str]
) -> None:
    assert open_rows(write(tmp_path / "a.csv", header + "\n1\n")).columns == columns


@pytest.mark.parametrize(
    ("given", "text"), [("^", "a^b,c\n1^2,3\n"), (r"\t", "a\tb,c\n1\t2,3\n"), (",", "a,b;c;d\n1,2")]
)
def test_a_delimiter_can_be_given(tmp_path: Path, given: str, text: str) -> None:
    assert len(open_rows(write(tmp_path / "a.csv", text), delimiter=given).columns) == 2


@pytest.mark.parametrize("mark", [";", ",", "\t", "|", "^", " "], ids=repr)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_first_line_may_name_the_delimiter_as_excel_has_it(
    tmp_path: Path, mark: str, line_end: str, encoding: str
) -> None:
    text = f"sep={mark}{line_end}" + csv_text(PLAIN, delimiter=mark, lineterminator=line_end)
    path = write(tmp_path / "a.csv", text.encode(encoding))
    assert cells(path) == PLAIN
    assert lines(path) == [3, 4]


def test_a_delimiter_that_is_given_is_taken_whatever_the_first_line_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "sep=;\na,b;c\n1,2;3\n")
    assert cells(path, delimiter=",") == [["a", "b;c"], ["1", "2;3"]]


@pytest.mark.parametrize("header", ["sep=", "sep=;;", 'sep="', "sep=;a", "xsep=;", "\nsep=;"])
def test_a_first_line_that_names_no_single_delimiter_is_the_header(
    tmp_path: Path, header: str
) -> None:
    columns = open_rows(write(tmp_path / "a.csv", f"{header}\n1;2\n")).columns
    assert "sep=" in columns[0]


@pytest.mark.parametrize("given", [";;", '"', "\n", r"\n"])
def test_a_delimiter_that_is_none_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(Invalid, match="delimiter must be one character such as"):
        open_rows(write(tmp_path / "a.csv", "a,b\n"), delimiter=given)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('1,"x, y"', [["1", "x, y"]]),
        ('1,"two\nlines"', [["1", "two\nlines"]]),
        ('1,"two\r\nlines"\r\n2,b', [["1", "two\r\nlines"], ["2", "b"]]),
        ('1,"12"" pipe"', [["1", '12" pipe']]),
        ('1,12" pipe', [["1", '12" pipe']]),
        ('1,"ABC" Ltd\n2,b', [["1", "ABC Ltd"], ["2", "b"]]),
        ('1,""', [["1", ""]]),
        ("1, padded ", [["1", " padded "]]),
        ("1,a\n\n   \n2,b\n\n", [["1", "a"], ["2", "b"]]),
        ("1\n2,b", [["1", ""], ["2", "b"]]),
        (",", [["", ""]]),
        ("1,a", [["1", "a"]]),
        ("1,\u2028\x85\x0b\x1f", [["1", "\u2028\x85\x0b\x1f"]]),
    ],
)
def test_cells_are_read_as_csv_writes_them(
    tmp_path: Path, text: str, rows: list[list[str]]
) -> None:
    assert cells(write(tmp_path / "a.csv", f"id,note\n{text}"))[1:] == rows


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("1,a,b", "has more cells than the header, which has 2"),
        ("1,a,", "has more cells than the header, which has 2"),
        ("1," + "x" * 4_200_000, "is not readable as CSV (longer than 4 MiB)"),
        ("1," * 2_500_000, "is not readable as CSV (longer than 4 MiB)"),
        ('1,"never closed', "is not readable as CSV (a quote is not closed)"),
        (
            '1,"never closed, and long' + "x" * 1000,
            "is not readable as CSV (a quote is not closed)",
        ),
    ],
    ids=lambda value: value[:20],
)
def test_a_line_that_is_no_row_does_not_take_others_along(
    tmp_path: Path, name: str, problem: str
) -> None:
    good = [[str(number), "z"] for number in range(50)]
    text = csv_text([["id", "note"], *good[:2]]) + name + "\n" + csv_text(good[2:])
    path = write(tmp_path / "a.csv", text)
    assert cells(path) == [["id", "note"], *good]
    assert problems(path) == {4: problem}


def test_a_long_text_is_one_value_whatever_its_lines_look_like(tmp_path: Path) -> None:
    text = "a line of a letter\n" * 10_000 + "eve@example.com,quoted"
    rows = [["email", "note"], ["ada@example.com", text], ["bob@example.com", "x" * 200_000]]
    path = write(tmp_path / "a.csv", csv_text(rows))
    assert cells(path) == rows
    assert problems(path) == {}


@pytest.mark.parametrize("after", ["", "\n"])
def test_a_quote_that_is_open_at_the_end_of_the_file_is_refused(tmp_path: Path, after: str) -> None:
    path = write(tmp_path / "a.csv", f'id,note\n1,a\n2,"cut of{after}')
    assert cells(path)[1:] == [["1", "a"]]
    assert list(problems(path)) == [3]


def test_a_quote_that_only_a_later_row_closes_costs_one_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'id,note\n1,"open\n2,b\n3,c\n4,"d, e"\n5,f\n')
    assert cells(path)[1:] == [["2", "b"], ["3", "c"], ["4", "d, e"], ["5", "f"]]
    assert list(problems(path)) == [2]


def test_a_row_is_known_by_the_line_it_starts_on(tmp_path: Path) -> None:
    text = 'id,"no\nte"\n1,"a\nb\r\nc"\n\n2,d\n3,"never\n4,e\n5,"f\rg"\n6,h\n'
    path = write(tmp_path / "a.csv", text)
    assert lines(path) == [3, 7, 8, 9, 10, 12]
    assert list(problems(path)) == [8]


@pytest.mark.parametrize(
    ("header", "columns", "numbered"),
    [
        ("id,note, id,id", ["id", "note", "id 2", "id 3"], ["id 2", "id 3"]),
        ("id,id,id 2", ["id", "id 3", "id 2"], ["id 3"]),
        ("id 2,id,id,id 2", ["id 2", "id", "id 3", "id 2 2"], ["id 3", "id 2 2"]),
        ("a,,column_2", ["a", "column_2", "column_2 2"], ["column_2 2"]),
        ("id,ID", ["id", "ID"], []),
    ],
)
def test_a_column_of_a_name_that_an_earlier_one_has_is_numbered(
    tmp_path: Path, header: str, columns: list[str], numbered: list[str]
) -> None:
    row = [str(number) for number, _ in enumerate(columns)]
    path = write(tmp_path / "a.csv", f"{header}\n{','.join(row)}\n")
    assert cells(path) == [columns, row]
    assert open_rows(path).renamed == numbered


def test_a_header_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"^The header of a\.csv is not readable as CSV \("):
        open_rows(write(tmp_path / "a.csv", 'id,"note\n1,a\n2,b\n'), delimiter=",")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.tuples(texts, texts, texts), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    name=st.sampled_from(["a.csv", "a.csv.gz"]),
    found_out=st.booleans(),
)
@settings(parent=one_database_for_all)
def test_any_table_comes_back_cell_by_cell(
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    delimiter: str,
    encoding: str,
    name: str,
    *,
    found_out: bool,
) -> None:
    text = csv_text([("first", "second", "third"), *rows], delimiter=delimiter)
    path = write(tmp_path / name, text.encode(encoding))
    given_ = {} if found_out else {"delimiter": delimiter}
    assert cells(path, **given_)[1:] == [list(row) for row in rows]


# ---------------------------------------------------------------------------------------- encoding
POUND = "id,note\n1,£ é\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (POUND.encode(), None),
        (POUND.encode(), "utf-8"),
        (POUND.encode("utf-8-sig"), None),
        (POUND.encode("utf-8-sig"), "utf-8"),
        (POUND.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + POUND.encode("utf-16-be"), None),
        (codecs.BOM_UTF16_LE + POUND.encode("utf-16-le"), "utf-16-le"),
        (POUND.encode("utf-16-le"), "utf-16-le"),
        (POUND.encode("latin-1"), None),
        (POUND.encode("cp1252"), "cp1252"),
        (POUND.encode("latin-1"), "latin-1"),
        (POUND.encode("cp850"), "cp850"),
    ],
)
def test_the_encoding_is_found_out_or_given(
    tmp_path: Path, content: bytes, encoding: str | None
) -> None:
    assert cells(write(tmp_path / "a.csv", content), encoding=encoding) == [
        ["id", "note"],
        ["1", "£ é"],
    ]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("5 €, “good”".encode("cp1252"), "5 €, “good”"),
        (b"\x80 and \x81", "\x80 and \x81"),
    ],
)
@pytest.mark.parametrize("before", ["", "plain" * 400_000])
def test_text_that_is_not_utf_8_is_that_of_windows_where_it_can_be(
    tmp_path: Path, content: bytes, note: str, before: str
) -> None:
    path = write(tmp_path / "a.jsonl", b'{"note": "' + before.encode() + content + b'"}\n')
    assert cells(path) == [["note"], [before + note]]
    assert cells(path, encoding="latin-1")[1] == [before + content.decode("latin-1")]


def test_one_latin_1_letter_after_much_ascii_is_found(tmp_path: Path) -> None:
    rows = [
        ["id", "note"],
        *[["1", "plain" * 200]] * 2_000,
        ["2", "café"],
    ]
    path = write(tmp_path / "a.csv", csv_text(rows).encode("latin-1"))
    assert cells(path)[-1] == ["2", "café"]


@pytest.mark.parametrize(
    ("content", "encoding", "sentence"),
    [
        (POUND.encode("latin-1"), "utf-8", "a.csv is not utf-8 text"),
        (POUND.encode(), "ascii", "a.csv is not ascii text"),
        (POUND.encode(), "utf-16", "a.csv is not utf-16 text"),
        (POUND.encode(), "latin-99", "Unknown encoding 'latin-99'; expected a name such as utf-8"),
        (POUND.encode(), "base64", "Unknown encoding 'base64'; expected a name such as utf-8"),
        (POUND.encode(), "a\0b", "Unknown encoding 'a\0b'; expected a name such as utf-8"),
    ],
)
def test_a_wrong_encoding_is_refused(
    tmp_path: Path, content: bytes, encoding: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        cells(write(tmp_path / "a.csv", content), encoding=encoding)
    assert str(refusal.value) == sentence


# -------------------------------------------------------------------------------------- JSON Lines
def test_json_lines_may_have_different_keys(tmp_path: Path) -> None:
    rows = [{"id": 1}, {"id": 2, "note": "é", "more": [1, {"x": None}]}, {}, {"late": True}]
    path = write(tmp_path / "a.jsonl", json_lines(rows))
    assert open_rows(path).columns == ["id", "note", "more", "late"]
    assert [row.values for row in open_rows(path).rows()] == rows


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"id": 1', "is not valid JSON"),
        ("{'id': 1}", "is not valid JSON"),
        ('{"id": 1} {"id": 2}', "is not valid JSON"),
        ("[" * 5_000, "is not valid JSON"),
        ("[1, 2]", "is not a JSON object"),
        ("7", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"id": "' + "x" * 4_200_000 + '"}', "is longer than 4 MiB"),
    ],
    ids=lambda value: value[:20],
)
def test_a_line_that_is_no_object_does_not_take_others_along(
    tmp_path: Path, line: str, problem: str
) -> None:
    path = write(tmp_path / "a.jsonl", f'{{"id": 1}}\n\n{line}\n  \n{{"id": 2}}')
    assert cells(path) == [["id"], [1], [2]]
    assert problems(path) == {3: problem}


def test_numbers_in_json_lines_stay_exact(tmp_path: Path) -> None:
    digits = "123456789012345678901234567890", "0.1234567890123456789", "0.5", "7"
    path = write(tmp_path / "a.jsonl", "".join(f'{{"n": {text}}}\n' for text in digits))
    exact = [int(digits[0]), Decimal(digits[1]), 0.5, 7]
    assert [row.values["n"] for row in open_rows(path).rows()] == exact


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "email,at\na@x.com,2026-01-01\n"),
        ("a.jsonl", '[{"id": 1}]'),
        ("a.json", '{\n  "id": 1\n}'),
        ("a.ndjson", "{}\n"),
    ],
)
def test_a_file_without_any_object_is_not_json_lines(
    tmp_path: Path, name: str, content: str
) -> None:
    sentence = rf"^{name} holds no JSON objects; expected one a line \(JSON Lines\)$"
    with pytest.raises(Invalid, match=sentence):
        open_rows(write(tmp_path / name, content))


@pytest.mark.parametrize("content", ['[{"id": 1}]', ' \n[\n{"id": 1}\n]'])
def test_a_json_array_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Invalid, match=r"^a\.json is one JSON array; expected one object a line"):
        open_rows(write(tmp_path / "a.json", content))


# ----------------------------------------------------------------------------------------- Parquet
def parquet_file(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    """A file with a column email and one row for each of the values in the other columns."""
    length = max(map(len, columns.values()))
    table = arrow.table({"email": ["a@x.com"] * length, "at": ["2026-01-01"] * length} | columns)
    parquet.write_table(table, path, **options)
    return path


def properties(path: Path) -> list[dict[str, Any]]:
    """The properties of each row that could be read."""
    reader = RowReader(VISITS, open_rows(path))
    readable = (row for row in reader.file.rows() if not row.problem)
    return [exact_json.loads(reader.read(row.values).properties) for row in readable]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (arrow.array([1, None, -3]), [1, None, -3]),
        (arrow.array([2**64 - 1], arrow.uint64()), [2**64 - 1]),
        (arrow.array([1.5, float("nan"), 2.0]), [1.5, None, 2.0]),
        (arrow.array([True, False]), [True, False]),
        (arrow.array(["x", " ", ""]), ["x", None, None]),
        (arrow.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (arrow.array([b"caf\xc3\xa9", b"\xff!", None]), ["café", "\\xff!", None]),
        (arrow.array([b"ab", None], arrow.binary(2)), ["ab", None]),
        (arrow.array([Decimal("1.50"), None]), [Decimal("1.50"), None]),
        (arrow.array([date(2026, 1, 2)]), ["2026-01-02"]),
        (arrow.array([time(9, 30)]), ["09:30:00"]),
        (arrow.array([1_767_322_800], arrow.timestamp("s")), ["2026-01-02T03:00:00"]),
        (arrow.array([datetime(2026, 1, 2, 3, tzinfo=UTC)]), ["2026-01-02T03:00:00+00:00"]),
        (arrow.array([1_789], arrow.timestamp("ns")), ["1970-01-01T00:00:00.000001"]),
        (arrow.array([90_000], arrow.duration("s")), ["1 day, 1:00:00"]),
        (arrow.array([None, None]), [None, None]),
        (
            arrow.array([{"at": date(2026, 1, 2), "n": [1.0, float("nan")], "b": b"x"}]),
            [{"at": "2026-01-02", "n": [1.0, None], "b": "x"}],
        ),
        (arrow.array([[("k", 1)]], arrow.map_("string", "int64")), [[["k", 1]]]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)  # fmt: skip
def test_parquet_values_become_what_json_has(
    tmp_path: Path, values: Any, expected: list[Any]
) -> None:
    found = properties(parquet_file(tmp_path / "a.parquet", {"value": values}))
    assert [row.get("value") for row in found] == expected
    assert [("value" in row) for row in found] == [value is not None for value in expected]


@pytest.mark.parametrize(
    "values",
    [
        arrow.array([1, 10**14], arrow.timestamp("s")),
        arrow.array([1, 10**8], arrow.date32()),
        arrow.array([1, 10**18], arrow.duration("s")),
        arrow.array([b"x", b"\xff"]).view(arrow.string()),
    ],
    ids=lambda values: str(values.type),
)
def test_a_parquet_row_that_python_cannot_hold_does_not_take_others_along(
    tmp_path: Path, values: Any
) -> None:
    path = parquet_file(tmp_path / "a.parquet", {"value": values})
    assert lines(path) == [1, 2]
    assert problems(path) == {2: "holds a value that cannot be read"}


def test_parquet_rows_are_numbered_through_batches_and_row_groups(tmp_path: Path) -> None:
    path = parquet_file(tmp_path / "a.parquet", {"n": range(1_300)}, row_group_size=700)
    file = open_rows(path)
    assert [(row.line, row.values["n"]) for row in file.rows()] == [
        (n + 1, n) for n in range(1_300)
    ]
    assert file.position == file.size == 1_300


def test_a_parquet_column_of_a_name_that_an_earlier_one_has_is_numbered(tmp_path: Path) -> None:
    columns = [arrow.array([value]) for value in (1, b"x", "3")]
    table = arrow.Table.from_arrays(columns, names=["id", "id", ""])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert cells(tmp_path / "a.parquet") == [["id", "id 2", ""], [1, "x", "3"]]
    assert open_rows(tmp_path / "a.parquet").renamed == ["id 2"]


def damaged(path: Path, start: float, length: int) -> bytes:
    raw = bytearray(path.read_bytes())
    first = int(len(raw) * start)
    raw[first : first + length] = b"\xa7" * length
    return bytes(raw)


@pytest.mark.parametrize(
    "name", ["cut at the end", "cut to nothing", "damaged pages", "damaged footer"]
)
def test_a_damaged_parquet_file_is_refused(tmp_path: Path, name: str) -> None:
    whole = parquet_file(tmp_path / "whole", {"x": [str(n * 7919 % 10007) for n in range(9_000)]})
    content = {
        "cut at the end": whole.read_bytes()[:-1_000],
        "cut to nothing": b"PAR1",
        "damaged pages": damaged(whole, 0.3, 5_000),
        "damaged footer": damaged(whole, 0.99, 100),
    }[name]
    with pytest.raises(Invalid, match=r"^a\.parquet is not a readable Parquet file$"):
        cells(write(tmp_path / "a.parquet", content))


# -------------------------------------------------------------------------- which format, and gzip
def content_of(tmp_path: Path, kind: str) -> str | bytes:
    if kind == "csv":
        return csv_text(PLAIN)
    if kind == "jsonl":
        return json_lines(dict(zip(PLAIN[0], row, strict=True)) for row in PLAIN[1:])
    table = arrow.table(dict(zip(PLAIN[0], zip(*PLAIN[1:], strict=True), strict=True)))
    parquet.write_table(table, tmp_path / "content")
    return (tmp_path / "content").read_bytes()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("csv", "a.csv"),
        ("csv", "a.tsv"),
        ("csv", "a.txt"),
        ("csv", "a"),
        ("csv", "A.CSV"),
        ("csv", "a.parquet"),
        ("jsonl", "a.jsonl"),
        ("jsonl", "a.ndjson"),
        ("jsonl", "a.json"),
        ("jsonl", "a.log"),
        ("parquet", "a.parquet"),
        ("parquet", "a.csv"),
        ("parquet", "a.jsonl"),
        ("parquet", "a"),
    ],
)
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_a_format_is_known_by_its_content_or_its_name(
    tmp_path: Path, kind: str, name: str, packed: str
) -> None:
    assert cells(write(tmp_path / (name + packed), content_of(tmp_path, kind))) == PLAIN


def test_a_packed_file_needs_no_telling_name(tmp_path: Path) -> None:
    packed = write(tmp_path / "a.csv.gz", csv_text(PLAIN))
    assert cells(packed.rename(tmp_path / "a.csv")) == PLAIN


def test_json_lines_of_windows_are_known_by_their_content(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", '{"id": "é"}\r\n'.encode("utf-16"))
    assert cells(path) == [["id"], ["é"]]


# --------------------------------------------------------------------------------- what is no file
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv.gz", b"", "a.csv.gz is empty"),
        ("a.csv", b" \n\t\n ", "a.csv is empty"),
        ("a.csv", b"\n" * 10_000, "a.csv is empty"),
        ("a.csv", b"sep=;\n\n", "a.csv is empty"),
        ("a.csv", codecs.BOM_UTF8, "a.csv is empty"),
        ("a.csv", codecs.BOM_UTF16, "a.csv is empty"),
        ("a.jsonl", b"", "a.jsonl is empty"),
        ("a.csv", b"PK\3\4\0\0", "a.csv is not a text file; expected CSV, JSON Lines or Parquet"),
    ],
)
def test_a_file_without_rows_to_read_is_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        open_rows(write(tmp_path / name, content))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("blank", ["\n", "\r\n", " "], ids=repr)
@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_a_file_may_begin_with_any_number_of_blanks(
    tmp_path: Path, kind: str, blank: str, name: str
) -> None:
    content = blank * 10_000 + str(content_of(tmp_path, kind))
    assert cells(write(tmp_path / name, content)) == PLAIN


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        open_rows(tmp_path / "a.csv")
    assert str(refusal.value) == f"{tmp_path / 'a.csv'} cannot be read: No such file or directory"
    with pytest.raises(Invalid, match=r"cannot be read: Is a directory$"):
        open_rows(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("keep", [0.5, 0.999])
def test_half_a_packed_file_is_refused(tmp_path: Path, kind: str, keep: float) -> None:
    whole = write(tmp_path / "whole.gz", content_of(tmp_path, kind)).read_bytes()
    path = tmp_path / "a.gz"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(Invalid, match=r"^a\.gz is not a whole gzip file$"):
        open_rows(path)


def test_a_packed_file_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet.gz", b"PAR1" + bytes(17 * 1024 * 1024))
    with pytest.raises(Invalid, match=r"^a\.parquet\.gz is more than 100 times as large once"):
        open_rows(path)


def test_damaged_gzip_is_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.gz", csv_text(PLAIN * 1_000))
    path = tmp_path / "a.gz"
    path.write_bytes(damaged(whole, 0.5, 20))
    with pytest.raises(Invalid, match=r"^a\.gz is not a whole gzip file$"):
        open_rows(path)


names = st.sampled_from(["a.csv", "a.jsonl", "a.json", "a", "a.parquet", "a.csv.gz"])
lumps = st.sampled_from(
    [b"email", b"at", b",", b'"', b"\n", b"a@x.com", b"2026-01-01", b"{", b"}", b":", b"[", b"]"]
)


@only_sqlite
@given(
    name=names,
    content=st.binary(max_size=60) | st.lists(lumps, max_size=25).map(b"".join),
)
@example(name="a.csv", content=b'email,at\na@x.com,2026-01-01,"\n"')
@settings(parent=one_database_for_all)
def test_whatever_a_file_holds_it_is_imported_or_refused_in_a_sentence(
    database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    path = write(tmp_path / name, content)
    try:
        report = do_import(database, path, dry_run=True, rejects=tmp_path / "rejects")
    except PipelineError as refusal:
        assert "None" not in str(refusal)  # noqa: PT017
    else:
        assert report.read == report.stored + report.duplicates + report.refused.total()


# ------------------------------------------------------------------------------------------- memory
@pytest.mark.parametrize(
    ("name", "before"), [("a.csv", "email,at\n"), ("a.csv", ""), ("a.jsonl", '{"email": 1}\n')]
)
def test_a_line_of_50_mb_does_not_fill_the_memory(tmp_path: Path, name: str, before: str) -> None:
    good = {"a.csv": "\na@x.com,2026-01-01", "a.jsonl": '\n{"email": "a@x.com"}'}[name]
    path = write(tmp_path / name, f'{before}"{"x" * 50_000_000}{good}')
    tracemalloc.start()
    try:
        if before:
            assert [row.problem is None for row in open_rows(path).rows()][-2:] == [False, True]
        else:
            with pytest.raises(Invalid, match="header"):
                open_rows(path)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
