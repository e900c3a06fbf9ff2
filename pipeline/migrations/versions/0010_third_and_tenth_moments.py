"""The third and tenth newest moment of `activity` as columns; PostgreSQL with an index for each."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_COLUMNS = {"third_at": 3, "tenth_at": 10}
_SQLITE = "nullif(substr(newest_at, 26 * ({n} - 1) + 1, 26), '')"


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    for column, n in _COLUMNS.items():
        # SQLite adds no column that is stored.
        value = sa.Computed(
            _SQLITE.format(n=n) if is_sqlite else f"newest_at[{n}]", persisted=not is_sqlite
        )
        op.add_column("activity", sa.Column(column, sa.DateTime(timezone=True), value))
    if not is_sqlite:
        _make_indexes()


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
    op.drop_index("ix_activity_type_customer_id", "activity")
    op.create_index(
        "ix_activity_type_customer_id",
        "activity",
        ["type", "customer_id"],
        postgresql_include=["event_count", "first_at", "last_at"],
    )
