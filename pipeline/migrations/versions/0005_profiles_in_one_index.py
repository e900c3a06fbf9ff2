"""`activity` in the order of its primary key, with all columns: for lists of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE activity DROP CONSTRAINT pk_activity")
        op.execute(
            "ALTER TABLE activity ADD CONSTRAINT pk_activity"
            " PRIMARY KEY (customer_id, type) INCLUDE (event_count, first_at, last_at)"
        )
    else:
        _without_rowid()


def _without_rowid() -> None:
    op.rename_table("activity", "activity_before")
    op.create_table(
        "activity",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("type", text(200), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", moment(), nullable=False),
        sa.Column("last_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_activity_customer_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "type", name="pk_activity"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO activity (customer_id, type, event_count, first_at, last_at)"
        " SELECT customer_id, type, event_count, first_at, last_at FROM activity_before"
        " ORDER BY customer_id, type"
    )
    op.drop_table("activity_before")
    op.create_index(
        "ix_activity_type_last_at_customer_id", "activity", ["type", "last_at", "customer_id"]
    )
