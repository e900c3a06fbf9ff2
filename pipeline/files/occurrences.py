"""How often each thing was seen, for more things than fit into memory."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from pipeline import exact_json


class Occurrences:
    """Counts in a temporary file of its own, which is gone when it is closed."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("CREATE TABLE seen (thing TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID")

    def __enter__(self) -> "Occurrences":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def number(self, things: Sequence[str]) -> list[int]:
        """For each thing how often it has been seen now, from 1; the same one twice gives 1, 2."""
        times = Counter(dict(self._db.execute(_LOOK_UP, [exact_json.dumps(things)])))
        numbers = []
        for thing in things:
            times[thing] += 1
            numbers.append(times[thing])
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", times.items())
        self._db.execute("COMMIT")
        return numbers


_LOOK_UP = "SELECT thing, times FROM seen WHERE thing IN (SELECT value FROM json_each(?))"
