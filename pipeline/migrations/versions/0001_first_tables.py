"""The first tables: customers, events, activity, segments, campaigns, drafts, sends."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def text(length: int | None = None) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def json() -> sa.types.TypeEngine[Any]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", text(254), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("email", name="uq_customers_email"),
    )
    op.create_table(
        "events",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", text(200), nullable=False),
        sa.Column("properties", json(), nullable=False),
        sa.Column("occurred_at", moment(), nullable=False),
        sa.Column("idempotency_key", text(255), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_events_customer_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "id", name="pk_events"),
        sa.UniqueConstraint(
            "customer_id", "idempotency_key", name="uq_events_customer_id_idempotency_key"
        ),
    )
    op.create_index("ix_events_customer_id_occurred_at", "events", ["customer_id", "occurred_at"])
    op.create_index(
        "ix_events_type_occurred_at_customer_id", "events", ["type", "occurred_at", "customer_id"]
    )
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
    )
    op.create_index(
        "ix_activity_type_last_at_customer_id", "activity", ["type", "last_at", "customer_id"]
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("description", text(), nullable=True),
        sa.Column("definition", json(), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", text(200), nullable=False),
        sa.Column("description", text(), nullable=True),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("segment_snapshot", json(), nullable=False),
        sa.Column("status", text(20), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name="fk_campaigns_segment_id", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_segment_id", "campaigns", ["segment_id"])
    op.create_table(
        "email_drafts",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("subject", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.Column("recommended_sku", text(), nullable=True),
        sa.Column("status", text(20), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name="fk_email_drafts_campaign_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name="fk_email_drafts_customer_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("customer_id", "id", name="pk_email_drafts"),
        sa.UniqueConstraint(
            "campaign_id", "customer_id", name="uq_email_drafts_campaign_id_customer_id"
        ),
    )
    op.create_index(
        "ix_email_drafts_campaign_id_status_customer_id",
        "email_drafts",
        ["campaign_id", "status", "customer_id"],
    )
    op.create_index("ix_email_drafts_id", "email_drafts", ["id"])
    op.create_table(
        "sends",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("status", text(20), nullable=False),
        sa.Column("error", text(), nullable=True),
        sa.Column("sent_at", moment(), nullable=True),
        sa.Column("created_at", moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_sends_campaign_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_sends_customer_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "id", name="pk_sends"),
        sa.UniqueConstraint("campaign_id", "customer_id", name="uq_sends_campaign_id_customer_id"),
    )
    op.create_index(
        "ix_sends_campaign_id_status_customer_id", "sends", ["campaign_id", "status", "customer_id"]
    )
