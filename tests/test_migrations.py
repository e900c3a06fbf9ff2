"""Migrations: what they make of rows that were there before."""

import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from factories import NOW, ask

from pipeline.activity import disagreements
from pipeline.customers import erase
from pipeline.database import connect
from pipeline.drafts import list_drafts
from pipeline.models import Activity, Campaign
from pipeline.reports.timelines import activity_by_type
from pipeline.sql import timestamp_text

DECIDED = NOW + timedelta(hours=1)
MOMENTS = {"created": timestamp_text(NOW), "updated": timestamp_text(DECIDED)}
ID = "0123456789abcdef0123456789abcde"

BEFORE_REVIEWERS = [
    f"INSERT INTO segments VALUES ('{ID}0', 'S', NULL, '{{}}', :created, :created)",
    "INSERT INTO campaigns (id, name, segment_id, segment_snapshot, status, created_at, updated_at)"
    f" VALUES ('{ID}0', 'C', '{ID}0', '{{}}', 'drafted', :created, :created)",
    *(
        statement
        for number, status in enumerate(["approved", "generated"])
        for statement in (
            "INSERT INTO customers (id, email, created_at, updated_at)"
            f" VALUES ('{ID}{number}', 'c{number}@x.de', :created, :created)",
            "INSERT INTO email_drafts"
            " (customer_id, id, campaign_id, subject, body, status, created_at, updated_at)"
            f" VALUES ('{ID}{number}', '{ID}{number}', '{ID}0', 's', 'b', '{status}',"
            " :created, :updated)",
        )
    ),
]


def migrate(url: str, revision: str, statements: list[str]) -> None:
    """Bring an empty database to a revision of long ago, and put rows into it."""
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "pipeline:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in statements:
            connection.execute(sa.text(statement), MOMENTS)
    engine.dispose()


def test_drafts_from_before_there_were_reviewers_keep_their_moments(database_url: str) -> None:
    migrate(database_url, "0002", BEFORE_REVIEWERS)
    database = connect(database_url)
    with database.read() as session:
        campaign = session.scalars(sa.select(Campaign)).one()
    drafts = [draft for draft, _ in ask(database, list_drafts, campaign.id)]
    found = [(draft.status, draft.written_at, draft.reviewed_at) for draft in drafts]
    assert found == [("approved", NOW, DECIDED), ("generated", DECIDED, None)]
    assert [campaign.revision, *(draft.revision for draft in drafts)] == [0, 0, 0]
    assert {(draft.written_by, draft.reviewed_by) for draft in drafts} == {(None, None)}
    database.close()


def test_profiles_from_before_they_were_in_one_index_keep_their_numbers(database_url: str) -> None:
    rows = [
        "INSERT INTO customers (id, email, created_at, updated_at)"
        f" VALUES ('{ID}0', 'ada@x.de', :created, :created)",
        "INSERT INTO activity (customer_id, type, event_count, first_at, last_at)"
        f" VALUES ('{ID}0', 'visit', 3, :created, :updated)",
    ]
    migrate(database_url, "0004", rows)
    database = connect(database_url)
    (row,) = ask(database, activity_by_type, uuid.UUID(f"{ID}0"))
    assert (row.type, row.event_count, row.first_at, row.last_at) == ("visit", 3, NOW, DECIDED)
    ask(database, erase, row.customer_id)
    assert ask(database, activity_by_type, row.customer_id) == []
    database.close()


def test_profiles_from_before_they_had_newest_moments_get_those_of_their_events(
    database_url: str,
) -> None:
    rows = [
        "INSERT INTO customers (id, email, created_at, updated_at)"
        f" VALUES ('{ID}0', 'ada@x.de', :created, :created)",
        *(
            "INSERT INTO events (customer_id, id, type, properties, occurred_at, created_at)"
            f" VALUES ('{ID}0', '{ID[:30]}{day:02}', '{kind}', '{{}}',"
            f" '2026-06-{day:02} 12:00:00.000000', :created)"
            for day, kind in [*((day, "visit") for day in range(1, 13)), (13, "purchase")]
        ),
        "INSERT INTO activity (customer_id, type, event_count, first_at, last_at) VALUES"
        f" ('{ID}0', 'visit', 12, '2026-06-01 12:00:00.000000', '2026-06-12 12:00:00.000000'),"
        f" ('{ID}0', 'purchase', 1, '2026-06-13 12:00:00.000000', '2026-06-13 12:00:00.000000')",
    ]
    migrate(database_url, "0005", rows)
    database = connect(database_url)
    assert ask(database, disagreements) == 0
    with database.read() as session:
        nth = sa.select(Activity.type, Activity.third_at, Activity.tenth_at)
        found = {type_: moments for type_, *moments in session.execute(nth)}
    assert found["visit"] == [datetime(2026, 6, day, 12, tzinfo=UTC) for day in (10, 3)]
    assert found["purchase"] == [None, None]
    database.close()
