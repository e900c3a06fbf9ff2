"""The import: rows of a file become events, a chunk and a transaction at a time.

Killed at any moment and started again, it ends with the same rows: a row's key follows from its
content, so what is stored already is a duplicate.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.events import Stored, store
from pipeline.files.conversion import Conversion, Converted
from pipeline.files.mapping import FieldMapping, RowReader
from pipeline.files.occurrences import Occurrences
from pipeline.files.opening import open_rows
from pipeline.files.rejects import rejects_file
from pipeline.files.rows import Row
from pipeline.files.trial import Trial, stored_at
from pipeline.incoming import NewEvent, parse
from pipeline.progress import Progress, silent

_CHUNK_ROWS = 5_000
_CHUNK_CHARACTERS = 4_000_000
_PROBED_ROWS = 100


@dataclass
class ImportReport:
    """What an import did, in rows; `refused` counts by reason, `seconds` is its duration."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    new_customers: int = 0
    seconds: float = 0.0

    @property
    def rows_per_second(self) -> float:
        """Rows read a second."""
        return self.read / self.seconds if self.seconds else 0.0


def import_file(
    database: Database,
    path: Path,
    mapping: FieldMapping,
    *,
    now: datetime,
    encoding: str | None = None,
    delimiter: str | None = None,
    shift_to_now: bool = False,
    dry_run: bool = False,
    rejects: Path | None = None,
    on_progress: Progress = silent,
) -> ImportReport:
    """Import a file's rows as events.

    Rows that cannot be used are refused one by one and written to `rejects`, a CSV file with line
    and reason. `shift_to_now` moves all times by one offset so that the newest is `now`; `dry_run`
    stores nothing. Raises Invalid for a file or a mapping that cannot be used.
    """
    started, report = time.monotonic(), ImportReport()
    reader = RowReader(mapping, open_rows(path, encoding=encoding, delimiter=delimiter))
    if rejects and rejects.exists() and rejects.samefile(path):
        raise Invalid(f"{rejects} is the imported file itself; expected another one for rejects")
    file = reader.file
    offset = _offset_to_now(database, reader, now) if shift_to_now else timedelta()
    with Occurrences() as seen, Occurrences() as tried:
        conversion = Conversion(reader, seen, now, offset)
        keep = Trial(database, tried) if dry_run else partial(_store, database, now)
        with rejects_file(rejects, file.columns) as reject:
            for converted, kept in _in_background(keep, _converted(conversion)):
                _count(report, converted, kept)
                reject(converted.refused)
                on_progress(file.position, file.size)
    report.seconds = time.monotonic() - started
    return report


def _store(database: Database, now: datetime, events: Sequence[NewEvent]) -> Stored:
    return database.transact(lambda session: store(session, events, now=now))


def _converted(conversion: Conversion) -> Iterator[Converted]:
    return map(conversion.convert, _chunks(conversion.reader.file.rows()))


def _in_background(
    keep: Callable[[Sequence[NewEvent]], Stored], chunks: Iterable[Converted]
) -> Iterator[tuple[Converted, Stored]]:
    """Each chunk, kept in another thread while the next is converted.

    The database does its part outside of Python's lock, so that both processors have something to
    do. No more than two chunks are held.
    """
    waiting: deque[tuple[Converted, Future[Stored]]] = deque()
    with ThreadPoolExecutor(max_workers=1) as thread:
        for chunk in chunks:
            waiting.append((chunk, thread.submit(keep, chunk.events)))
            if len(waiting) == 2:
                done, kept = waiting.popleft()
                yield done, kept.result()
        for done, kept in waiting:
            yield done, kept.result()


def _count(report: ImportReport, converted: Converted, kept: Stored) -> None:
    report.read += len(converted.events) + len(converted.refused)
    report.stored += len(kept.event_ids)
    report.duplicates += len(converted.events) - len(kept.event_ids)
    report.refused.update(reason for _, reason in converted.refused)
    report.new_customers += kept.new_customers


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in lists that are bounded in length and in what they hold."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.content)
        if len(chunk) == _CHUNK_ROWS or size > _CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


# ------------------------------------------------------------------------------------------ shift
def _offset_to_now(database: Database, reader: RowReader, now: datetime) -> timedelta:
    """What to add to all times.

    An import that goes on after an interruption takes the offset of the first try, so that all
    rows keep their distance; unless that would put the newest row into the future.
    """
    offset = now - (_newest(reader, now) or now)
    with Occurrences() as seen:
        first = _first_events(Conversion(reader, seen, now, offset))
    with database.read() as session:
        stored = stored_at(session, first)
    earlier = (stored[event.id] - event.occurred_at for event in first if event.id in stored)
    return offset + min(timedelta(), next(earlier, timedelta()))


def _first_events(conversion: Conversion) -> Sequence[NewEvent]:
    rows = conversion.reader.file.rows()
    while batch := list(islice(rows, _PROBED_ROWS)):
        if events := conversion.convert(batch).events:
            return events
    return []


def _newest(reader: RowReader, now: datetime) -> datetime | None:
    """The time of the newest row that can be used."""
    newest = None
    for row in reader.file.rows():
        try:
            moment = reader.time(row.values)
            if newest is None or moment > newest:
                fields = reader.event(row.values)
                parse(fields | {"occurredAt": now}, key=fields["key"], now=now)
                newest = moment
        except Invalid:
            continue
    return newest
