"""Real data from end to end, on both databases, its counts beside those of plain pandas."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

import pipeline
from pipeline.clock import utcnow
from pipeline.database import Database
from pipeline.files import FieldMapping, ImportReport, import_file
from tests.benchmarks.databases import both, empty
from tests.benchmarks.importing import DATA

MAPPING = FieldMapping(
    email="c{CustomerID}@example.com",
    type="purchase",
    time="InvoiceDate",
    timezone="Europe/London",
    properties={"sku": "StockCode"},
)
DEFINITIONS: dict[str, dict[str, object]] = {
    "purchase in 30 days": {
        "kind": "event_type_in_last_days",
        "eventType": "purchase",
        "days": 30,
    },
    "at least 5 in 90 days": {
        "kind": "event_count_gte_in_last_days",
        "eventType": "purchase",
        "days": 90,
        "minCount": 5,
    },
    "France in 365 days": {
        "kind": "event_property_equals",
        "eventType": "purchase",
        "path": "Country",
        "value": "France",
        "days": 365,
    },
}


def run(_runs: int) -> None:
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: the journey needs it")
    with both() as urls:
        for url in urls.values():
            database, now = empty(url), utcnow()
            print(f"{database.kind}\n  first   {_import(database, now)}", flush=True)
            print(f"  again   {_import(database, utcnow())}", flush=True)
            expected = _by_pandas(DATA, now)
            for name, definition in DEFINITIONS.items():
                _campaign(database, name, definition, expected[name], now)
            database.close()


def _import(database: Database, now: datetime) -> str:
    report: ImportReport = import_file(database, DATA, MAPPING, now=now, shift_to_now=True)
    return (
        f"{report.read:,} read, {report.stored:,} stored, {report.duplicates:,} duplicates,"
        f" {report.refused.total():,} refused {dict(report.refused)},"
        f" {report.new_customers:,} new customers, {report.seconds:.1f} s"
    )


def _by_pandas(path: Path, now: datetime) -> dict[str, int]:
    rows = pd.read_csv(path, dtype={"CustomerID": str, "InvoiceNo": str})
    at = pd.to_datetime(rows["InvoiceDate"]).dt.tz_localize("Europe/London").dt.tz_convert("UTC")
    age = at.max() - at
    known = rows["CustomerID"].notna()

    def within(days: int) -> "pd.Series[str]":
        return rows.loc[known & (age <= timedelta(days=days)), "CustomerID"]

    french = rows["Country"].str.strip() == "France"
    return {
        "purchase in 30 days": within(30).nunique(),
        "at least 5 in 90 days": int((within(90).value_counts() >= 5).sum()),
        "France in 365 days": within(365)[french.reindex(within(365).index)].nunique(),
    }


def _campaign(
    database: Database, name: str, definition: dict[str, object], expected: int, now: datetime
) -> None:
    with database.begin() as session:
        count = pipeline.preview(session, pipeline.parse(definition), now=now).count
        segment = pipeline.create_segment(session, name=name, definition=definition, now=now)
        campaign = pipeline.create_campaign(session, name=name, segment_id=segment.id, now=now)
    drafted = pipeline.generate_drafts(database, campaign.id, now=now)
    with database.begin() as session:
        drafts = len(pipeline.list_drafts(session, campaign.id))
        approved = pipeline.review_rest(
            session, campaign.id, "approved", limit=drafted // 2, now=now
        )
    sent = pipeline.send_campaign(database, campaign.id, clock=utcnow)
    again = pipeline.send_campaign(database, campaign.id, clock=utcnow)
    print(
        f"  {name:<22} {count:,} match (pandas {expected:,}), {drafted:,} drafted,"
        f" {drafts:,} drafts, {approved:,} approved, {sent.sent:,} sent, {sent.failed:,} failed,"
        f" again {again.sent:,} and {again.failed:,}",
        flush=True,
    )
