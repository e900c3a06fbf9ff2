"""When drafts were generated, which stays as it is when a person edits them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # SQLite adds no column that may not be null without a default.
    moment = sa.DateTime(timezone=True)
    column = sa.Column("generated_at", moment, nullable=False, server_default="1970-01-01")
    op.add_column("email_drafts", column)
    # Of those that were edited nobody knows any more; their first text is from when they began.
    op.execute(
        "UPDATE email_drafts SET generated_at ="
        " CASE WHEN written_by IS NULL THEN written_at ELSE created_at END"
    )
