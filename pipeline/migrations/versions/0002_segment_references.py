"""Segments that refer to segments."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "segment_references",
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("used_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments.id"],
            name="fk_segment_references_segment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["used_id"],
            ["segments.id"],
            name="fk_segment_references_used_id",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("segment_id", "used_id", name="pk_segment_references"),
    )
    op.create_index("ix_segment_references_used_id", "segment_references", ["used_id"])
