"""Do indexes take no more room than what is in them?

One that moves rows to its end all the time, as those by when somebody did something last do, leaves
pages behind that are nearly empty. Queries read them nevertheless, and nothing mends it by itself.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from pipeline.doctor.examination import Examination, Verdict
from pipeline.models import Base

# Indexes whose rows come in any order are half as large again as they could be.
_TIMES_TOO_LARGE = 2
# Smaller ones are read in no time.
_WORTH_A_LOOK_BYTES = 16 * 1024 * 1024

# Of an entry: eight bytes in front and four to find it by, then its values, and up to eight more as
# its length is a multiple of that: https://www.postgresql.org/docs/current/storage-page-layout.html
_INDEXES = sa.text("""
    SELECT entry.indexrelid::regclass::text AS name, pg_relation_size(entry.indexrelid) AS bytes,
        (index.reltuples * (12 + 8 + sum(known.avg_width)))::bigint AS needed
    FROM pg_index AS entry
    JOIN pg_class AS index ON index.oid = entry.indexrelid
    JOIN pg_am AS kind ON kind.oid = index.relam AND kind.amname = 'btree'
    JOIN pg_class AS owner ON owner.oid = entry.indrelid
    JOIN pg_attribute AS part ON part.attrelid = owner.oid AND part.attnum = ANY(entry.indkey)
    JOIN pg_stats AS known ON known.schemaname = owner.relnamespace::regnamespace::text
        AND known.tablename = owner.relname AND known.attname = part.attname
    WHERE owner.relname = ANY(:names) AND pg_table_is_visible(owner.oid) AND indexprs IS NULL
        AND pg_relation_size(entry.indexrelid) >= :bytes
    GROUP BY entry.indexrelid, index.reltuples
    ORDER BY name
""")


def indexes(examination: Examination) -> Iterator[Verdict]:
    """Whether PostgreSQL's indexes are about as large as they would be if they were made anew."""
    if examination.database.kind == "sqlite":
        yield "SQLite tells only by a look at every page", ""
        return
    values = {"names": [*Base.metadata.tables], "bytes": _WORTH_A_LOOK_BYTES}
    with examination.database.read() as session:
        found = session.execute(_INDEXES, values).all()
    large = [row for row in found if row.bytes > _TIMES_TOO_LARGE * row.needed]
    for row in large:
        says = (
            f"{row.name} takes {_megabytes(row.bytes)} for what fits into {_megabytes(row.needed)}"
        )
        yield says, f"REINDEX INDEX CONCURRENTLY {row.name};"
    if not large:
        yield "no index is much larger than what is in it", ""


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
