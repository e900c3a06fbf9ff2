"""How often each thing was seen, for more things than fit into memory."""

import sqlite3
from collections.abc import Sequence
from types import TracebackType

from pipeline import exact_json

#: Things counted in memory (about 120 bytes each) before they are written out.
_IN_MEMORY = 500_000


class Occurrences:
    """Counts in memory up to a bound, beyond it in a temporary file that is gone when closed."""

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._file: sqlite3.Connection | None = None

    def __enter__(self) -> "Occurrences":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()

    def number(self, things: Sequence[bytes]) -> list[int]:
        """For each thing how often it has been seen now, from 1; the same one twice gives 1, 2."""
        earlier = self._written(things)
        recent, numbers = self._recent, []
        for thing in things:
            number = recent[thing] = recent.get(thing, 0) + 1
            numbers.append(number + earlier.get(thing, 0))
        if len(self._recent) >= _IN_MEMORY:
            self._write_out()
        return numbers

    def _written(self, things: Sequence[bytes]) -> dict[bytes, int]:
        if self._file is None:
            return {}
        asked = exact_json.dumps([thing.hex() for thing in things])
        return {
            bytes.fromhex(thing): times for thing, times in self._file.execute(_LOOK_UP, [asked])
        }

    def _write_out(self) -> None:
        if self._file is None:
            self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._file.execute(_TABLE)
        self._file.execute("BEGIN")
        written = ((thing.hex(), times) for thing, times in sorted(self._recent.items()))
        self._file.executemany(_ADD, written)
        self._file.execute("COMMIT")
        self._recent.clear()


_TABLE = "CREATE TABLE seen (thing TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID"
_LOOK_UP = "SELECT thing, times FROM seen WHERE thing IN (SELECT value FROM json_each(?))"
_ADD = "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times"
