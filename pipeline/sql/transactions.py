"""Transactions that meet: taking turns, and who else is there."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.sql.statements import kind_of


def take_turn(session: Session, key: int) -> None:
    """Wait for the transactions that took the same turn before; it ends with this transaction.

    SQLite's writers are one at a time anyway.
    """
    if kind_of(session) == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(key, sa.BigInteger()))))


def running_transactions(session: Session) -> set[str]:
    """The other transactions that are running in this database, each by a name of its own.

    As `CREATE INDEX CONCURRENTLY` finds those to wait for. Empty on SQLite, where a writer is alone
    and whoever reads sees one state of all tables.
    """
    if kind_of(session) == "sqlite":
        return set()
    return set(session.scalars(sa.text(_RUNNING)))


_RUNNING = """
SELECT locks.virtualxid FROM pg_locks AS locks JOIN pg_stat_activity AS others USING (pid)
WHERE locks.locktype = 'virtualxid' AND pid <> pg_backend_pid()
    AND others.datname = current_database()
    AND coalesce(others.backend_type, 'client backend') = 'client backend'
"""
