"""Transactions that meet: taking turns, who else is there, and who may have a second process."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.sql.statements import kind_of


def take_turn(session: Session, key: int) -> None:
    """Wait for the transactions that took the same turn before; it ends with this transaction.

    SQLite's writers are one at a time anyway.
    """
    if kind_of(session) == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(key, sa.BigInteger()))))


def in_two_processes(session: Session) -> None:
    """Let a second process help with what is asked until the end of this transaction.

    For a single question that somebody waits for: where several are asked at once, second processes
    only take the processors from each other. On SQLite there is none.
    """
    if kind_of(session) == "postgresql":
        session.execute(sa.text(_TWO_PROCESSES))


def running_transactions(session: Session) -> set[str]:
    """The other transactions that are running in this database, each by a name of its own.

    As `CREATE INDEX CONCURRENTLY` finds those to wait for. Empty on SQLite, where a writer is alone
    and whoever reads sees one state of all tables.
    """
    if kind_of(session) == "sqlite":
        return set()
    return set(session.scalars(sa.text(_RUNNING)))


# To hand over a row takes far less than PostgreSQL reckons. On two processors a third process makes
# it slower again; where there may be no second one, it stays so.
_TWO_PROCESSES = """
SELECT set_config('parallel_setup_cost', '1000', true),
    set_config('parallel_tuple_cost', '0.001', true),
    set_config(
        'max_parallel_workers_per_gather',
        least(1, current_setting('max_parallel_workers_per_gather')::int)::text,
        true
    )
"""

_RUNNING = """
SELECT locks.virtualxid FROM pg_locks AS locks JOIN pg_stat_activity AS others USING (pid)
WHERE locks.locktype = 'virtualxid' AND pid <> pg_backend_pid()
    AND others.datname = current_database()
    AND coalesce(others.backend_type, 'client backend') = 'client backend'
"""
