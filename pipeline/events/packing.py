"""Many events in one piece, which is quick to send to another process and what COPY takes.

The format is PostgreSQL's `text` with an empty field for NULL:
https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO, TextIOWrapper
from typing import NewType

from pipeline.events.incoming import NewEvent

#: A line in UTF-8 for each event; one without a key has an empty field for it.
Packed = NewType("Packed", bytes)

_TABS = len(NewEvent._fields) - 1
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_MEANINGS = {escape: character for character, escape in _ESCAPES.items()}
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPE = re.compile(r"\\.")


class Packing:
    """Packs events as they come; of those with one id the first counts, as it would alone."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._customers: set[str] = set()
        self._lines: list[bytes] = []

    @property
    def customers(self) -> int:
        """How many customers the events are of."""
        return len(self._customers)

    def add(self, events: Iterable[NewEvent]) -> None:
        """Pack those whose id is new."""
        for event in events:
            if event.id not in self._ids:
                self._ids.add(event.id)
                self._customers.add(event.customer_id)
                self._lines.append(_line(event).encode())

    def packed(self) -> Packed:
        """All that was added, by customer.

        Tables and indexes that begin with the customer are then written in their order, which takes
        SQLite half the time once they are larger than its cache.
        """
        return Packed(b"".join(sorted(self._lines)))


def pack(events: Iterable[NewEvent]) -> Packed:
    """Pack all events, those whose id came before left out."""
    packing = Packing()
    packing.add(events)
    return packing.packed()


def in_parts(packed: Packed, size: int) -> Iterator[Packed]:
    """The events in their order, in parts of as many bytes and the rest of a line; one at least."""
    start = 0
    while len(packed) - start > size:
        end = packed.find(b"\n", start + size - 1) + 1
        yield Packed(packed[start:end])
        start = end
    yield Packed(packed[start:])


def unpack(packed: Packed) -> Iterator[NewEvent]:
    """The events again."""
    for line in TextIOWrapper(BytesIO(packed), "utf-8", newline="\n"):
        *texts, key = line[:-1].split("\t")
        if "\\" in line:
            *texts, key = map(_unescaped, (*texts, key))
        yield NewEvent._make((*texts, key or None))


def _line(event: NewEvent) -> str:
    fields = (*event[:-1], event.idempotency_key or "")
    line = "\t".join(fields)
    # Nearly all are as they are.
    if line.count("\t") != _TABS or "\\" in line or "\n" in line or "\r" in line:
        line = "\t".join(map(_escaped, fields))
    return f"{line}\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _MEANINGS[found[0]], text)
