"""Do rows agree with each other: profiles with events, and references with what they refer to?"""

import shlex
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.activity import disagreements, everybody, some
from pipeline.database import Database
from pipeline.doctor.examination import Examination, Verdict, statement
from pipeline.models import Base
from pipeline.rules.paths import in_words
from pipeline.tracking import tracked_properties

_SAMPLE = 5_000


# ----------------------------------------------------------------------------------------- orphans
def orphans(examination: Examination) -> list[Verdict]:
    """Rows that refer to a customer, campaign or segment who is not there.

    The database itself prevents them, but SQLite only for those who ask it to, as we do.
    """
    with examination.database.read() as session:
        found = [
            _orphaned(key, count, examination.database)
            for key in _references()
            if (count := _count_orphans(session, key, full=examination.full))
        ]
    where = "" if examination.full else " in a sample of the rows"
    return found or [(f"everything that is referred to is there{where}", "")]


def _references() -> list[sa.ForeignKey]:
    tables = Base.metadata.sorted_tables
    return [key for table in tables for column in table.c for key in column.foreign_keys]


def _count_orphans(session: Session, key: sa.ForeignKey, *, full: bool) -> int:
    references = sa.select(key.parent.label("id"))
    samples = [references] if full else _sampled(references, key.parent.table)
    return sum(session.scalars(_lost(sample, key)).one() for sample in samples)


def _sampled(references: sa.Select[Any], table: sa.Table) -> list[sa.Select[Any]]:
    """Rows from any place on, and from the first up to that place: all when there are few."""
    first, *_ = table.primary_key
    anywhere = uuid.uuid4()
    in_order = references.order_by(*table.primary_key).limit(_SAMPLE)
    return [in_order.where(first > anywhere), in_order.where(first <= anywhere)]


def _lost(references: sa.Select[Any], key: sa.ForeignKey) -> sa.Select[int]:
    rows = references.subquery()
    there = sa.exists().where(key.column == rows.c.id)
    return sa.select(sa.func.count()).select_from(rows).where(~there)


def _orphaned(key: sa.ForeignKey, count: int, database: Database) -> Verdict:
    table, referred = key.parent.table, key.column.table
    says = f"rows of {table} that were found to refer to {referred} that are not there: {count:,}"
    if key.ondelete != "CASCADE":
        return says, f"bring these {referred} back from a backup"
    delete = sa.delete(table).where(~sa.exists().where(key.column == key.parent))
    return says, statement(delete, database)


# ----------------------------------------------------------------------------------------- tracked
def tracked(examination: Examination) -> Iterator[Verdict]:
    """Whether the tracked properties are of use."""
    with examination.database.read() as session:
        found = tracked_properties(session)
    unfinished = [each for each in found if each.status != "ready"]
    for each in unfinished:
        command = "track-property" if each.status == "building" else "untrack-property"
        path = in_words(each.path)
        says = f"{path} is still {each.status}, or that was interrupted"
        yield says, f"if nobody is at it: python -m pipeline {command} {shlex.quote(path)}"
    if not unfinished:
        yield f"{len(found)} properties are tracked" if found else "no property is tracked", ""


# ---------------------------------------------------------------------------------------- activity
def activity(examination: Examination) -> Iterator[Verdict]:
    """Whether the profiles say what the events say."""
    database = examination.database
    with database.read() as session:
        ranges = list(everybody(session)) if examination.full else some(session)
    wrong = 0
    for done, customers in enumerate(ranges, 1):
        with database.read() as session:  # one each: a long one keeps old rows from being cleared
            wrong += disagreements(session, customers)
        examination.on_progress(done, len(ranges))
    whose = "all customers" if examination.full else "a sample of the customers"
    if wrong:
        says = f"rows that differ from the events of {whose}: {wrong:,}"
        yield says, "python -m pipeline rebuild-activity"
    else:
        yield f"equals the events of {whose}", ""
