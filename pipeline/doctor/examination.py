"""What a check is given, and what it gives."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.database import Database
from pipeline.progress import Progress

#: What a check says, and what to do about it: a sentence, a command or a statement in SQL; "" if
#: there is nothing to do.
Verdict = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Examination:
    """The database to look at, the moment, whether to read all rows, and whom to tell."""

    database: Database
    now: datetime
    full: bool
    on_progress: Progress


def statement(element: sa.ClauseElement, database: Database) -> str:
    """A statement in one line, to be run by a person."""
    return " ".join(str(element.compile(dialect=database.engine.dialect)).split()) + ";"
