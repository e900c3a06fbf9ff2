"""Events: checked, and stored with their customers once per idempotency key."""

from pipeline.events.ingesting import (
    Batch,
    BatchResult,
    Ingested,
    Rejected,
    ingest,
    ingest_many,
    ingested,
    parse_many,
    store_many,
)

__all__ = [
    "Batch",
    "BatchResult",
    "Ingested",
    "Rejected",
    "ingest",
    "ingest_many",
    "ingested",
    "parse_many",
    "store_many",
]
