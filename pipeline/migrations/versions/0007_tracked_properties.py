"""Profiles by the values of properties that are declared as tracked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tracked_properties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", _text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("status", _text(20), nullable=False),
        sa.Column("built_through", sa.Uuid(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tracked_properties"),
        sa.UniqueConstraint("path", name="uq_tracked_properties_path"),
    )
    op.create_table(
        "property_activity",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.Integer(), nullable=False),
        sa.Column("type", _text(200), nullable=False),
        sa.Column("value", sa.String() if is_sqlite else postgresql.JSONB(), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", moment, nullable=False),
        sa.Column("last_at", moment, nullable=False),
        sa.Column(
            "newest_at", sa.Text() if is_sqlite else postgresql.ARRAY(moment), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "customer_id", "property_id", "type", "value", name="pk_property_activity"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name="fk_property_activity_customer_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["property_id"],
            ["tracked_properties.id"],
            name="fk_property_activity_property_id",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_property_activity_property_id_type_value_last_at_customer_id",
        "property_activity",
        ["property_id", "type", "value", "last_at", "customer_id"],
    )


def _text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
