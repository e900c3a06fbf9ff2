"""Who wrote and who decided a draft, and the order of changes to a campaign's drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"


def name() -> sa.String:
    return sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    # SQLite adds no column that may not be null without a default.
    for table in ("campaigns", "email_drafts"):
        number = sa.Column("revision", sa.Integer(), nullable=False, server_default="0")
        op.add_column(table, number)
    written_at = sa.Column("written_at", moment(), nullable=False, server_default="1970-01-01")
    op.add_column("email_drafts", written_at)
    op.add_column("email_drafts", sa.Column("written_by", name()))
    op.add_column("email_drafts", sa.Column("reviewed_at", moment()))
    op.add_column("email_drafts", sa.Column("reviewed_by", name()))
    op.execute("UPDATE email_drafts SET written_at = updated_at WHERE status = 'generated'")
    op.execute(
        "UPDATE email_drafts SET written_at = created_at, reviewed_at = updated_at"
        " WHERE status <> 'generated'"
    )
    has_sku = sa.text("recommended_sku IS NOT NULL")
    op.create_index(
        "ix_email_drafts_campaign_id_recommended_sku",
        "email_drafts",
        ["campaign_id", "recommended_sku"],
        sqlite_where=has_sku,
        postgresql_where=has_sku,
    )
