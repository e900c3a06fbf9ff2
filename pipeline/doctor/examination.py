"""What a check is given, and what it gives."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.database import Database
from pipeline.progress import Progress


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in words; `advice` says what to do about it, "" if there is nothing to.

    An advice is a sentence, a command or a statement in SQL.
    """

    check: str
    says: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.advice


@dataclass(frozen=True, slots=True)
class Examination:
    """The database to look at, the moment, and whether all rows are to be read."""

    database: Database
    now: datetime
    full: bool
    on_progress: Progress


def statement(element: sa.ClauseElement, database: Database) -> str:
    """A statement in one line, to be run by a person."""
    return " ".join(str(element.compile(dialect=database.engine.dialect)).split()) + ";"
