"""Profiles of all that a customer did, whatever its type."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

# The newest moments of all types together are among the newest of each.
_NEWEST = """
    SELECT array_agg(moment ORDER BY moment DESC) FROM (
        SELECT unnest(newest_at) AS moment FROM activity AS theirs
        WHERE theirs.customer_id = activity.customer_id ORDER BY moment DESC LIMIT 10
    ) AS newest
"""
_NEWEST_SQLITE = """
    SELECT group_concat(moment, '') FROM (
        SELECT occurred_at AS moment FROM events
        WHERE events.customer_id = activity.customer_id ORDER BY occurred_at DESC LIMIT 10
    )
"""
_FILL = """
INSERT INTO customer_activity (customer_id, event_count, first_at, last_at, newest_at)
SELECT customer_id, sum(event_count), min(first_at), max(last_at), coalesce(({newest}), {none})
FROM activity GROUP BY customer_id ORDER BY customer_id
"""


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "customer_activity",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column(
            "newest_at", sa.Text() if is_sqlite else postgresql.ARRAY(moment), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "customer_id",
            name="pk_customer_activity",
            postgresql_include=["event_count", "first_at", "last_at"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name="fk_customer_activity_customer_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    newest, none = (_NEWEST_SQLITE, "''") if is_sqlite else (_NEWEST, "'{}'")
    op.execute(_FILL.format(newest=newest, none=none))
    op.create_index(
        "ix_customer_activity_last_at_customer_id", "customer_activity", ["last_at", "customer_id"]
    )
