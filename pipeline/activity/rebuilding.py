"""The profiles compared with their events, or written anew."""

from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.activity import ranges
from pipeline.activity.computing import KEPT, ProfileTable, Rows, theirs
from pipeline.activity.ranges import EVERYBODY, Range, everybody
from pipeline.database import Database
from pipeline.models import Customer, CustomerActivity
from pipeline.progress import Progress, silent
from pipeline.sql import insert, kind_of


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many customers were gone through, and how many rows of profiles were wrong."""

    customers: int
    wrong: int


def disagreements(session: Session, customers: Range = EVERYBODY) -> int:
    """In how many rows the profiles and the events of these customers disagree."""
    return sum(_disagreements(session, profiles, customers) for profiles in KEPT)


def _disagreements(session: Session, profiles: ProfileTable, customers: Range) -> int:
    written = sa.select(*profiles.columns).where(profiles.of(customers))
    computed = profiles.computed(theirs(customers))
    # A row that is wrong is in both differences, one that is missing or too many in one.
    size = len(profiles.key)
    keys = sa.union(_keys_in_one(written, computed, size), _keys_in_one(computed, written, size))
    return session.scalars(sa.select(sa.func.count()).select_from(keys.subquery())).one()


def _keys_in_one(these: Rows, those: Rows, size: int) -> Rows:
    rows = sa.except_(these, those).subquery()
    return sa.select(*[*rows.c][:size])


def rebuild(database: Database, *, on_progress: Progress = silent) -> Rebuilt:
    """Write all profiles anew that differ from the events, some customers at a time.

    Ingest goes on meanwhile: writers wait for customers while they are mended, no longer.
    Interrupted and started again it begins from the first, and finds what it has done right.
    """
    with database.read() as session:
        parts = list(everybody(session))
        total = session.scalars(sa.select(sa.func.count()).select_from(Customer)).one()
    wrong = done = 0
    for customers in parts:
        wrong += database.transact(partial(rebuild_some, customers=customers))
        done = min(done + ranges.CHUNK, total)
        on_progress(done, total)
    return Rebuilt(total, wrong)


def rebuild_some(session: Session, customers: Range) -> int:
    """As `rebuild`, for some customers in one transaction; how many rows were wrong."""
    if not disagreements(session, customers):
        return 0
    hold(session, customers)
    wrong = disagreements(session, customers)
    for profiles in KEPT:
        write(session, profiles, customers)
    return wrong


def hold(session: Session, customers: Range) -> None:
    """Let these customers get no event until the end of the transaction.

    Who stores an event holds a lock on its customer until the commit: whoever has not committed is
    waited for here, and whoever comes later waits, and adds to what is written meanwhile.
    """
    # In the order in which they are locked for an event, or the two would often wait in a circle.
    for key in (CustomerActivity.customer_id, Customer.id):
        theirs = customers.holds(key.expression)
        session.execute(sa.select(key).where(theirs).order_by(key).with_for_update()).all()


def write(session: Session, profiles: ProfileTable, customers: Range) -> None:
    """Write the profiles of customers who are on hold anew from their events."""
    session.execute(sa.delete(profiles.table).where(profiles.of(customers)))
    names = [column.key for column in profiles.columns]
    rows = profiles.computed(theirs(customers))
    anew = insert(kind_of(session), profiles.table).from_select(names, rows)
    # Who became a customer since the deletion has brought their own rows, which are right.
    session.execute(anew.on_conflict_do_nothing())
