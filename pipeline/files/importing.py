"""The import: rows of a file become events, a chunk and a transaction at a time.

Killed at any moment and started again, it ends with the same rows: a row's key follows from its
content, so what is stored already is a duplicate.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from pipeline.database import Database
from pipeline.errors import Invalid
from pipeline.events.packing import Packed, in_parts
from pipeline.events.storing import Stored, store_packed
from pipeline.files.chunks import Chunk, Job, converted
from pipeline.files.mapping import FieldMapping
from pipeline.files.occurrences import Occurrences
from pipeline.files.opening import open_rows
from pipeline.files.reading import RowReader
from pipeline.files.rejects import rejects_file
from pipeline.files.shifting import offset_to_now
from pipeline.files.trial import Trial
from pipeline.progress import Progress, silent

#: Bytes of events for one transaction: some 40,000 events.
_TRANSACTION = 8 * 1024 * 1024


@dataclass
class ImportReport:
    """What an import did, in rows; `refused` counts by reason, `seconds` is its duration.

    `first_at` and `last_at` are the times of the earliest and the latest of all that are events.
    """

    read: int = 0
    stored: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    new_customers: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    seconds: float = 0.0

    @property
    def duplicates(self) -> int:
        """Rows whose events were there already."""
        return self.read - self.refused.total() - self.stored

    @property
    def is_all_refused(self) -> bool:
        """Whether there were rows, and none that could be used."""
        return 0 < self.read == self.refused.total()

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
    offset = offset_to_now(database, reader, now) if shift_to_now else timedelta()
    with Occurrences() as tried, rejects_file(rejects, file.columns) as reject:
        keep = Trial(database, tried) if dry_run else partial(_store, database, now)
        before = 0
        for chunk in converted(Job(mapping, file, now, offset, gives_back=rejects is not None)):
            reject(chunk.given_back)
            # The first events are all stored or none: by them one that goes on knows the offset.
            size = _TRANSACTION if report.first_at else len(chunk.events)
            _count(report, chunk)
            for share, part in _parts(chunk.events, size):
                _add(report, keep(part))
                on_progress(before + round(share * (chunk.position - before)), file.size)
            before = chunk.position
    report.seconds = time.monotonic() - started
    return report


def _parts(events: Packed, size: int) -> Iterator[tuple[float, Packed]]:
    """Parts for a transaction each, so that other writers come in between; and the share so far."""
    done = 0
    for part in in_parts(events, size):
        done += len(part)
        yield done / len(events) if events else 1, part


def _store(database: Database, now: datetime, events: Packed) -> Stored:
    return database.transact(lambda session: store_packed(session, events, now=now))


def _count(report: ImportReport, chunk: Chunk) -> None:
    report.read += chunk.rows
    report.refused += chunk.reasons
    for moment in chunk.times:
        report.first_at = min(report.first_at or moment, moment)
        report.last_at = max(report.last_at or moment, moment)


def _add(report: ImportReport, kept: Stored) -> None:
    report.stored += kept.events
    report.new_customers += kept.new_customers
