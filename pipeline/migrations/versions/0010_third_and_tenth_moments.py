"""The third and tenth newest moment of `activity` as columns; PostgreSQL with an index for each."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_COLUMNS = {"third_at": 3, "tenth_at": 10}


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        _add_computed()
    else:
        _add_stored()
        _make_indexes()


def _add_computed() -> None:
    for column, n in _COLUMNS.items():
        value = sa.Computed(f"nullif(substr(newest_at, 26 * ({n} - 1) + 1, 26), '')")
        op.add_column("activity", sa.Column(column, sa.DateTime(timezone=True), value))


def _add_stored() -> None:
    # In one statement, as each writes the table anew.
    columns = (
        f"ADD COLUMN {column} TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (newest_at[{n}]) STORED"
        for column, n in _COLUMNS.items()
    )
    op.execute(f"ALTER TABLE activity {', '.join(columns)}")


def _make_indexes() -> None:
    for column in _COLUMNS:
        op.create_index(
            f"ix_activity_type_{column}",
            "activity",
            ["type", column],
            postgresql_include=["last_at", "customer_id"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    # All ten moments were in it, which made it larger than its table.
    op.drop_index("ix_activity_type_customer_id", "activity", if_exists=True)
    op.create_index(
        "ix_activity_type_customer_id",
        "activity",
        ["type", "customer_id"],
        postgresql_include=["event_count", "first_at", "last_at"],
    )
