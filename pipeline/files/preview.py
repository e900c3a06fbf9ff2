"""The first rows of a file, as they are and as the events that a mapping makes of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from pipeline.files.conversion import Conversion
from pipeline.files.mapping import FieldMapping
from pipeline.files.occurrences import Occurrences
from pipeline.files.reading import RowReader
from pipeline.files.rows import Row, RowFile
from pipeline.sql import timestamp_of


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """What a row becomes: an event, whose `properties` are JSON, or a problem."""

    line: int
    email: str = ""
    type: str = ""
    occurred_at: datetime | None = None
    properties: str = ""
    problem: str = ""


def first_rows(file: RowFile, number: int) -> list[Row]:
    """The first rows; raises Invalid for a file that cannot be read so far."""
    return list(islice(file.rows(), number))


def preview_events(
    file: RowFile, mapping: FieldMapping, number: int, *, now: datetime
) -> list[PreviewedRow]:
    """What the first rows become; raises Invalid for a mapping that does not fit the file."""
    with Occurrences() as seen:
        conversion = Conversion(RowReader(mapping, file), seen, now, timedelta())
        return [_preview(conversion, row) for row in first_rows(file, number)]


def _preview(conversion: Conversion, row: Row) -> PreviewedRow:
    events, refused = conversion.convert([row])
    if refused:
        return PreviewedRow(row.line, problem=refused[0][1])
    (event,) = events
    at = timestamp_of(event.occurred_at)
    return PreviewedRow(row.line, event.email, event.type, at, event.properties)
