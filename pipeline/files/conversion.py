"""From rows to events: each row is read by the mapping, given its key, and checked."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

from pipeline.errors import Invalid
from pipeline.events.incoming import (
    NewEvent,
    check_moment,
    check_type,
    new_event,
    normalize_email,
    required_email,
    required_type,
)
from pipeline.files.occurrences import Occurrences
from pipeline.files.reading import Fields, RowReader
from pipeline.files.rows import Row, unless_blank
from pipeline.sql import timestamp_text

#: A row and the reason why it cannot be used.
Refused = tuple[Row, str]


class Converted(NamedTuple):
    """What became of some rows: events, or refused with a reason, by line."""

    events: list[NewEvent]
    refused: list[Refused]


class Conversion:
    """Makes events of rows.

    `offset` is added to all times. `seen` numbers identical rows, so that each of them counts.
    """

    def __init__(
        self, reader: RowReader, seen: Occurrences, now: datetime, offset: timedelta
    ) -> None:
        self._reader = reader
        self._seen = seen
        # As the reader's times are: one object for all equal texts, which are many.
        self._time = lru_cache(maxsize=8192)(partial(self._check_time, now=now, offset=offset))

    def convert(self, rows: Iterable[Row]) -> Converted:
        """The events of the rows that can be used, and the others with their reasons."""
        refused: list[Refused] = []
        usable = list(self._usable(rows, refused))
        events = list(self._checked(usable, refused))
        return Converted(events, sorted(refused, key=lambda pair: pair[0].line))

    def _usable(self, rows: Iterable[Row], refused: list[Refused]) -> Iterator[tuple[Row, Fields]]:
        for row in rows:
            try:
                if row.problem:
                    raise Invalid(f"The row {row.problem}")
                yield row, self._reader.read(row.values)
            except Invalid as error:
                refused.append((row, str(error)))

    def _checked(
        self, usable: Sequence[tuple[Row, Fields]], refused: list[Refused]
    ) -> Iterator[NewEvent]:
        for (row, fields), key in zip(usable, self._keys(usable), strict=True):
            try:
                yield self._event(fields, key)
            except Invalid as error:
                refused.append((row, str(error)))

    def _event(self, fields: Fields, key: str | None) -> NewEvent:
        mapping = self._reader.mapping
        return new_event(
            normalize_email(required_email(_text(fields.email, mapping.email))),
            check_type(required_type(_text(fields.type, mapping.type_column))),
            fields.properties,
            self._time(fields.time),
            key,
        )

    def _check_time(self, moment: datetime, now: datetime, offset: timedelta) -> str:
        column = self._reader.mapping.time
        try:
            shifted = moment + offset
        except OverflowError:
            raise Invalid(f"{column} is too far from the newest") from None
        return timestamp_text(check_moment(shifted, now, column))

    def _keys(self, usable: Sequence[tuple[Row, Fields]]) -> Sequence[str | None]:
        if self._reader.mapping.key:
            return [fields.key for _, fields in usable]
        digests = [_digest(row, fields) for row, fields in usable]
        numbers = self._seen.number(digests)
        return [f"{digest.hex()}-{number}" for digest, number in zip(digests, numbers, strict=True)]


def _text(value: Any, column: str | None) -> Any:
    """A text or a blank; raises Invalid for what is there and neither."""
    if isinstance(value, str) or unless_blank(value) is None:
        return value
    raise Invalid(f"{column} must be a string")


def _digest(row: Row, fields: Fields) -> bytes:
    # With the type: a file may be imported twice, as two kinds of event.
    content = f"{len(str(fields.type))} {fields.type}{row.content}"
    return hashlib.blake2b(content.encode(errors="replace"), digest_size=16).digest()
