"""The one offset that brings the newest of a file's events to the present."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.events.incoming import NewEvent
from pipeline.files.conversion import Conversion
from pipeline.files.occurrences import Occurrences
from pipeline.files.reading import RowReader
from pipeline.files.trial import stored_at
from pipeline.sql import timestamp_of

_PROBED_ROWS = 100
_END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def offset_to_now(database: Database, reader: RowReader, now: datetime) -> timedelta:
    """What to add to all times.

    An import that goes on after an interruption takes the offset of the first try, so that all
    rows keep their distance; unless that would put the newest row into the future.
    """
    offset = now - (_newest(reader) or now)
    with Occurrences() as seen:
        first = _first_events(reader, Conversion(reader, seen, now, offset))
    with database.read() as session:
        stored = stored_at(session, first)
    earlier = (
        stored[event.id] - timestamp_of(event.occurred_at) for event in first if event.id in stored
    )
    return offset + min(timedelta(), next(earlier, timedelta()))


def _newest(reader: RowReader) -> datetime | None:
    """The time of the newest row that can be used."""
    newest = None
    with Occurrences() as seen:
        conversion = Conversion(reader, seen, _END_OF_TIME, timedelta())
        for row in reader.file.rows():
            try:
                moment = reader.time(row.values)
            except Invalid:
                continue
            if (newest is None or moment > newest) and conversion.convert([row]).events:
                newest = moment
    return newest


def _first_events(reader: RowReader, conversion: Conversion) -> Sequence[NewEvent]:
    rows = reader.file.rows()
    while batch := list(islice(rows, _PROBED_ROWS)):
        if events := conversion.convert(batch).events:
            return events
    return []
