"""The doctor: looks at a database, says what is wrong and what to do, and changes nothing.

    for finding in examine(look_at(), now=utcnow()):
        print(finding.ok, finding.check, finding.says, finding.advice)

Unless everything is asked for, what may be large is looked at in samples, from a random place each
time. The mail server, if there is one, is looked at too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pipeline.database import Database
from pipeline.doctor import campaigns, definitions, mail, room, rows, schema, slow
from pipeline.doctor.examination import Examination, Verdict
from pipeline.errors import DatabaseError
from pipeline.progress import Progress, silent

__all__ = ["Finding", "examine"]

Check = Callable[[Examination], Iterable[Verdict]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in words; `advice` says what to do about it, "" if there is nothing to.

    An advice is a sentence, a command or a statement in SQL.
    """

    check: str
    says: str
    advice: str

    @property
    def ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.advice


def examine(
    database: Database, *, now: datetime, full: bool = False, on_progress: Progress = silent
) -> list[Finding]:
    """One finding for each check that is content, and one for each thing that is wrong.

    `full` reads all rows rather than samples, and tells `on_progress` of chunks of customers. What
    cannot be checked is a finding, too; without a connection or the right tables nothing else is
    looked at.
    """
    examination = Examination(database, now, full, on_progress)
    findings: list[Finding] = []
    for name, check in _FIRST.items():
        findings += _run(name, check, examination)
        if not all(finding.ok for finding in findings):
            return findings
    for name, check in _THEN.items():
        findings += _run(name, check, examination)
    return findings


def _run(name: str, check: Check, examination: Examination) -> list[Finding]:
    try:
        return [Finding(name, says, advice) for says, advice in check(examination)]
    except (DatabaseError, sa.exc.DBAPIError) as error:
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        return [Finding(name, f"cannot be checked ({reason})", "see to that, and ask again")]


_FIRST: dict[str, Check] = {"connection": schema.connection, "migrations": schema.migrations}
_THEN: dict[str, Check] = {
    "schema": schema.differences,
    "statistics": schema.statistics,
    "indexes": room.indexes,
    "orphans": rows.orphans,
    "activity": rows.activity,
    "tracked": rows.tracked,
    "definitions": definitions.readable,
    "campaigns": campaigns.stuck,
    "mail": mail.server,
    "running": slow.running,
    "slow queries": slow.recorded,
}
