"""From rows to events: each row is read by the mapping, given its key, and checked."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.errors import Invalid
from pipeline.files.mapping import RowReader
from pipeline.files.occurrences import Occurrences
from pipeline.files.rows import Row
from pipeline.incoming import NewEvent, parse

_Fields = dict[str, Any]
_Refused = list[tuple[Row, str]]


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of some rows: events, or refused with a reason, by line."""

    events: list[NewEvent]
    refused: _Refused


@dataclass(frozen=True)
class Conversion:
    """Makes events of rows.

    `offset` is added to all times. `seen` numbers identical rows, so that each of them counts.
    """

    reader: RowReader
    seen: Occurrences
    now: datetime
    offset: timedelta = timedelta()

    def convert(self, rows: Iterable[Row]) -> Converted:
        """The events of the rows that can be used, and the others with their reasons."""
        refused: _Refused = []
        usable = list(self._usable(rows, refused))
        events = list(self._checked(usable, refused))
        return Converted(events, sorted(refused, key=lambda pair: pair[0].line))

    def _usable(self, rows: Iterable[Row], refused: _Refused) -> Iterator[tuple[Row, _Fields]]:
        for row in rows:
            try:
                if row.problem:
                    raise Invalid(f"The row {row.problem}")
                yield row, self.reader.event(row.values)
            except Invalid as error:
                refused.append((row, str(error)))

    def _checked(
        self, usable: Sequence[tuple[Row, _Fields]], refused: _Refused
    ) -> Iterator[NewEvent]:
        for (row, fields), key in zip(usable, self._keys(usable), strict=True):
            try:
                fields["occurredAt"] += self.offset
                yield parse(fields, key=key, now=self.now)
            except OverflowError:
                refused.append((row, f"{self.reader.mapping.time} is too far from the newest"))
            except Invalid as error:
                refused.append((row, str(error)))

    def _keys(self, usable: Sequence[tuple[Row, _Fields]]) -> list[str]:
        if self.reader.mapping.key:
            return [fields["key"] for _, fields in usable]
        digests = [_digest(row, fields) for row, fields in usable]
        numbers = self.seen.number(digests)
        return [f"{digest}-{number}" for digest, number in zip(digests, numbers, strict=True)]


def _digest(row: Row, fields: _Fields) -> str:
    # With the type: a file may be imported twice, as two kinds of event.
    content = f"{len(str(fields['type']))} {fields['type']}{row.content}"
    return hashlib.blake2b(content.encode(errors="replace"), digest_size=16).hexdigest()
