"""The newest moments of each profile, for "at least so often since" without a look at events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_FILL = """
UPDATE activity SET newest_at = coalesce((
    SELECT {aggregate} FROM (
        SELECT occurred_at AS moment FROM events
        WHERE events.customer_id = activity.customer_id AND {its_type}
        ORDER BY occurred_at DESC LIMIT 10
    ) AS newest
), newest_at)
"""
# The plus keeps SQLite from going through all events of the type instead of the customer's.
_FILL_SQLITE = _FILL.format(
    aggregate="group_concat(moment, '')", its_type="+events.type = activity.type"
)
_FILL_POSTGRESQL = _FILL.format(
    aggregate="array_agg(moment ORDER BY moment DESC)", its_type="events.type = activity.type"
)


def upgrade() -> None:
    is_sqlite = op.get_context().dialect.name == "sqlite"
    moments = sa.Text() if is_sqlite else postgresql.ARRAY(sa.DateTime(timezone=True))
    nothing = sa.text("''" if is_sqlite else "'{}'")
    op.add_column(
        "activity", sa.Column("newest_at", moments, nullable=False, server_default=nothing)
    )
    op.execute(_FILL_SQLITE if is_sqlite else _FILL_POSTGRESQL)
    if not is_sqlite:
        op.alter_column("activity", "newest_at", server_default=None)
