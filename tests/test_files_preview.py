"""The first rows of a file, as they are and as the events that they become."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import Invalid
from pipeline.files import FieldMapping
from pipeline.files.opening import open_rows
from pipeline.files.preview import PreviewedRow, first_rows, preview_events
from tests.factories import NOW
from tests.files import VISITS, write

CONTENT = (
    "email,at,note\n"
    " Ada@Example.com,2026-01-02 09:30,hello\n"
    "nobody,2026-01-03,\n"
    "ada@example.com,2027-01-01,\n"
    "a,b,c,d\n"
    "late@example.com,2026-01-04,\n"
)


def test_the_first_rows_are_shown_as_they_are(tmp_path: Path) -> None:
    file = open_rows(write(tmp_path / "a.csv", CONTENT))
    first, second = first_rows(file, 2)
    assert first.values == {"email": " Ada@Example.com", "at": "2026-01-02 09:30", "note": "hello"}
    assert second.line == 3
    assert len(first_rows(file, 100)) == 5


def test_each_of_the_first_rows_becomes_an_event_or_a_problem(tmp_path: Path) -> None:
    file = open_rows(write(tmp_path / "a.csv", CONTENT))
    at = datetime(2026, 1, 2, 9, 30, tzinfo=UTC)
    assert preview_events(file, VISITS, 4, now=NOW) == [
        PreviewedRow(2, "ada@example.com", "visit", at, '{"note":"hello"}'),
        PreviewedRow(3, problem="Invalid email format"),
        PreviewedRow(4, problem="at is in the future"),
        PreviewedRow(5, problem="The row has more cells than the header, which has 3"),
    ]


def test_a_mapping_that_does_not_fit_the_file_is_refused_before_any_row(tmp_path: Path) -> None:
    file = open_rows(write(tmp_path / "a.csv", CONTENT))
    mapping = FieldMapping(email="mail", time="at", type="visit")
    with pytest.raises(Invalid, match=r"^Unknown column 'mail'; the file has: email, at, note$"):
        preview_events(file, mapping, 4, now=NOW)
