"""The doctor finds what is wrong, says what mends it, and changes nothing itself."""

import re
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.activity import rebuild
from pipeline.database import Database, look_at
from pipeline.doctor import Finding, examine, room, rows, slow
from pipeline.models import PROFILES, Activity, Campaign, Event, TrackedProperty
from pipeline.sends import fail_interrupted, send_campaign
from pipeline.tracking import track
from tests.factories import (
    NOW,
    Dying,
    address,
    approved_campaign,
    ask,
    at_once,
    buyers,
    count_rows,
    did,
    vanish,
)
from tests.mail import LOGIN, PASSWORD, mail_server

CHECKS = [
    "connection", "migrations", "schema", "statistics", "indexes", "orphans", "activity",
    "tracked", "definitions", "campaigns", "running", "slow queries",
]  # fmt: skip
LATER = NOW + timedelta(minutes=16)

only_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


def url_of(database: Database) -> str:
    return database.engine.url.set(drivername=database.kind).render_as_string(hide_password=False)


def look(url: str, now: datetime = NOW, *, full: bool = False) -> list[Finding]:
    database = look_at(url)
    try:
        return examine(database, now=now, full=full)
    finally:
        database.close()


def wrong(database: Database, now: datetime = NOW, *, full: bool = False) -> list[tuple[str, ...]]:
    """What is wrong, and what to do."""
    found = look(url_of(database), now, full=full)
    return [(each.check, each.says, each.advice) for each in found if not each.ok]


def run(database: Database, *statements: str) -> None:
    """Statements as an operator runs them: each is a transaction."""
    operator = sa.create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with operator.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    operator.dispose()


def come(number: int, email: str = "n::text") -> str:
    """A statement after which there are so many more customers; PostgreSQL only."""
    return (
        f"INSERT INTO customers SELECT gen_random_uuid(), {email}, now(), now()"
        f" FROM generate_series(1, {number}) n"
    )


@pytest.fixture
def shop(database: Database) -> Database:
    """Three customers who bought something."""
    buyers(database, 3)
    return database


@pytest.fixture
def damaged(separate: Database) -> Database:
    """The same, to be damaged."""
    buyers(separate, 3)
    return separate


# ----------------------------------------------------------------------------------------- healthy
@pytest.mark.parametrize("full", [False, True])
def test_a_healthy_database_has_one_content_finding_for_each_check(
    shop: Database, *, full: bool
) -> None:
    send_campaign(shop, approved_campaign(shop), clock=lambda: NOW)
    found = look(url_of(shop), LATER, full=full)
    assert [finding for finding in found if not finding.ok] == []
    assert [finding.check for finding in found] == CHECKS


def test_a_database_without_rows_is_healthy(database: Database) -> None:
    assert wrong(database) == []


def test_nothing_is_wrong_while_events_come(shop: Database) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            did(shop, address(number), "visit")

    outcomes = at_once(lambda: wrong(shop, full=True), *(partial(write, each) for each in range(3)))
    assert outcomes == [[], None, None, None]


def test_reading_all_rows_tells_how_far_it_is(shop: Database) -> None:
    told: list[tuple[int, int]] = []
    examine(shop, now=NOW, full=True, on_progress=lambda *numbers: told.append(numbers))
    assert told == [(1, 1)]


# ------------------------------------------------------------------------- connection, migrations
@pytest.mark.parametrize(
    "url", ["postgresql://ada:secret@127.0.0.1:1/shop", "sqlite:////nowhere/shop.db"]
)
def test_a_database_that_is_down_is_the_only_finding(url: str) -> None:
    (finding,) = look(url)
    assert (finding.check, finding.ok) == ("connection", False)
    assert f"The database at {url.replace('secret', '***')} does not answer (" in finding.says


def test_an_address_is_told_without_its_password(database: Database) -> None:
    connection, *_ = look(url_of(database))
    assert connection.says == f"{database.address} answers"


def test_a_database_without_tables_is_told_and_gets_none(separate: Database) -> None:
    for table in ("alembic_version", "sends", "email_drafts"):
        run(separate, f"DROP TABLE {table}")
    ((check, says, advice),) = wrong(separate)
    assert (check, says) == ("migrations", "the database has no tables of this program")
    assert "DATABASE_URL" in advice
    with separate.read() as session:
        assert "sends" not in sa.inspect(session.connection()).get_table_names()


@pytest.mark.parametrize(
    ("revision", "says", "advice"),
    [
        ("9999", "the schema (9999) is newer than this program knows (", "update the program"),
        ("0002", "the schema (0002) is older than this program's (", "python -m pipeline segments"),
    ],
)
def test_another_schema_is_told_and_left_as_it_is(
    separate: Database, revision: str, says: str, advice: str
) -> None:
    run(separate, f"UPDATE alembic_version SET version_num = '{revision}'")
    (finding,) = wrong(separate)
    assert finding[1].startswith(says)
    assert finding[2].endswith(advice)
    assert look(url_of(separate)) == look(url_of(separate))


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_file_is_the_same_byte_by_byte_afterwards(damaged: Database) -> None:
    run(damaged, "DELETE FROM activity", "DROP INDEX ix_events_customer_id_occurred_at")
    damaged.close()
    path = Path(str(damaged.engine.url.database))
    before = path.read_bytes()
    assert len(wrong(damaged, full=True)) == 2
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@only_postgresql
def test_a_database_that_cannot_be_written_is_healthy(damaged: Database) -> None:
    name = damaged.engine.url.database
    run(damaged, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert wrong(damaged, full=True) == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_text("email,type\n" * 1000)
    *_, finding = look(f"sqlite:///{path}")
    assert "file is not a database" in finding.says
    assert not finding.ok
    assert path.read_text() == "email,type\n" * 1000


# ------------------------------------------------------------------------------------------ schema
@pytest.mark.parametrize(
    "name",
    ["ix_activity_type_last_at_customer_id", "ix_email_drafts_campaign_id_recommended_sku"],
)
def test_a_missing_index_is_told_with_the_statement_that_makes_it(
    separate: Database, name: str
) -> None:
    run(separate, f"DROP INDEX {name}")
    ((check, says, advice),) = wrong(separate)
    assert (check, says) == ("schema", f"{name} is missing")
    run(separate, advice)
    assert wrong(separate) == []


@only_postgresql
@pytest.mark.parametrize(
    "name",
    ["ix_events_properties", "ix_activity_type_tenth_at", "ix_activity_type_customer_id"],
)
def test_so_is_one_that_is_made_in_a_way_of_its_own(separate: Database, name: str) -> None:
    definition = f"SELECT indexdef FROM pg_indexes WHERE indexname = '{name}'"
    with separate.read() as session:
        as_it_was = session.scalars(sa.text(definition)).one()
    run(separate, f"DROP INDEX {name}")
    ((_, says, advice),) = wrong(separate)
    assert says == f"{name} is missing"
    run(separate, advice)
    with separate.read() as session:
        assert session.scalars(sa.text(definition)).one() == as_it_was


def test_an_index_that_is_another_one_is_replaced(separate: Database) -> None:
    name = "ix_events_customer_id_occurred_at"
    run(separate, f"DROP INDEX {name}", f"CREATE INDEX {name} ON events (created_at)")
    found = wrong(separate)
    assert [check for check, *_ in found] == ["schema", "schema"]
    run(separate, *(advice for *_, advice in found))
    assert wrong(separate) == []


@only_postgresql
@pytest.mark.parametrize(
    ("name", "otherwise"),
    [
        ("ix_events_properties", "events (properties)"),
        ("ix_events_properties", "events USING gin (properties)"),
        ("ix_activity_type_tenth_at", "activity (type, tenth_at) WHERE tenth_at IS NOT NULL"),
        (
            "ix_activity_type_tenth_at",
            "activity (type, tenth_at) INCLUDE (last_at, customer_id)",
        ),
    ],
    ids=["method", "operators", "columns", "condition"],
)
def test_an_index_that_is_made_otherwise_is_replaced(
    separate: Database, name: str, otherwise: str
) -> None:
    run(separate, f"DROP INDEX {name}", f"CREATE INDEX {name} ON {otherwise}")
    found = wrong(separate)
    assert [(check, says.startswith(name)) for check, says, _ in found] == [("schema", True)] * 2
    run(separate, *(advice for *_, advice in found))
    assert wrong(separate) == []


@only_postgresql
@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("sends", "uq_sends_campaign_id_customer_id"),
        ("sends", "fk_sends_campaign_id"),
        ("activity", "pk_activity"),
    ],
    ids=["unique", "foreign", "primary"],
)
def test_a_missing_constraint_is_told_with_the_statement_that_makes_it(
    separate: Database, table: str, name: str
) -> None:
    run(separate, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    ((_, says, advice),) = wrong(separate)
    assert says == f"{name} is missing"
    run(separate, advice)
    assert wrong(separate) == []


@only_postgresql
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("uq_sends_campaign_id_customer_id", "UNIQUE (campaign_id, id)"),
        ("fk_sends_campaign_id", "FOREIGN KEY (campaign_id) REFERENCES campaigns"),
    ],
    ids=["unique", "foreign"],
)
def test_a_constraint_that_is_another_one_is_replaced(
    separate: Database, name: str, other: str
) -> None:
    drop = f"ALTER TABLE sends DROP CONSTRAINT {name}"
    run(separate, drop, f"ALTER TABLE sends ADD CONSTRAINT {name} {other}")
    found = wrong(separate)
    assert [check for check, *_ in found] == ["schema", "schema"]
    run(separate, *(advice for *_, advice in found))
    assert wrong(separate) == []


@only_postgresql
def test_an_index_whose_making_failed_is_told(damaged: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        run(damaged, "CREATE UNIQUE INDEX CONCURRENTLY only_one ON events (type)")
    ((_, says, advice),) = wrong(damaged)
    assert says.startswith("the index only_one is not used")
    clear_profiles = (f"DELETE FROM {table.__tablename__}" for table in PROFILES)
    run(damaged, "DELETE FROM events", *clear_profiles, advice)
    assert wrong(damaged) == []


def test_further_indexes_are_nobodys_business(separate: Database) -> None:
    run(separate, "CREATE INDEX theirs ON events (lower(type), occurred_at)")
    assert wrong(separate) == []


def test_what_cannot_be_made_again_is_to_be_restored(separate: Database) -> None:
    run(separate, "DROP TABLE sends", "ALTER TABLE segments DROP COLUMN description")
    advices = {says: advice for check, says, advice in wrong(separate) if check == "schema"}
    assert advices["the table sends is missing"] == "restore the database from a backup"
    assert advices["segments.description is missing"] == "restore the database from a backup"


@only_postgresql
def test_a_column_that_is_another_one_is_told(separate: Database) -> None:
    run(separate, "ALTER TABLE segments ALTER COLUMN name TYPE integer USING 0")
    ((_, says, _),) = wrong(separate)
    assert says == "segments.name is not the column that it should be"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_constraint_that_sqlite_cannot_add_is_to_be_restored(separate: Database) -> None:
    columns = "campaign_id REFERENCES campaigns ON DELETE CASCADE, customer_id, id, status, error"
    run(separate, "DROP TABLE sends", f"CREATE TABLE sends ({columns}, sent_at, created_at)")
    advices = {says: advice for check, says, advice in wrong(separate) if check == "schema"}
    for name in ("uq_sends_campaign_id_customer_id", "fk_sends_customer_id"):
        says = f"{name} is missing, or not the constraint that it should be"
        assert advices[says] == "restore the database from a backup"


def test_a_check_that_fails_is_a_finding_and_the_others_go_on(separate: Database) -> None:
    run(separate, "DROP TABLE sends")
    (orphans,) = (finding for finding in wrong(separate) if finding[0] == "orphans")
    assert orphans[1].startswith("cannot be checked (")
    assert "sends" in orphans[1]
    assert [finding.check for finding in look(url_of(separate)) if finding.ok][-1] == CHECKS[-1]


# -------------------------------------------------------------------------------------- statistics
@only_postgresql
def test_a_large_table_that_was_never_analyzed_is_told(separate: Database) -> None:
    run(
        separate,
        "ALTER TABLE customers SET (autovacuum_enabled = false)",
        come(20_000),
    )
    ((check, says, advice),) = wrong(separate)
    assert (check, says) == (
        "statistics", "PostgreSQL plans without knowing what is in customers"
    )  # fmt: skip
    run(separate, advice)
    assert wrong(separate) == []


# ------------------------------------------------------------------------------------------- room
@only_postgresql
def test_an_index_that_is_mostly_empty_is_told(
    damaged: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_WORTH_A_LOOK_BYTES", 1_000_000)
    run(
        damaged,
        come(50_000),
        "DELETE FROM customers WHERE right(email, 2) <> '00'",
        "VACUUM ANALYZE customers",
    )
    found = wrong(damaged)
    assert {check for check, _, _ in found} == {"indexes"}
    assert any(
        re.fullmatch(r"uq_customers_email takes 2 MB for what .* 0 MB", s) for _, s, _ in found
    )
    run(damaged, *(advice for _, _, advice in found))
    assert wrong(damaged) == []


@only_postgresql
def test_an_index_that_grew_in_any_order_is_not(
    damaged: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_WORTH_A_LOOK_BYTES", 1_000_000)
    run(
        damaged,
        come(50_000, "md5(n::text)"),
        "ANALYZE customers",
    )
    assert wrong(damaged) == []


# -------------------------------------------------------------------------------- rows that agree
@pytest.mark.parametrize("full", [False, True])
def test_a_wrong_profile_is_told_and_mended_by_a_rebuild(shop: Database, *, full: bool) -> None:
    with shop.begin() as session:
        session.execute(sa.update(Activity).values(event_count=7))
    whose = "all customers" if full else "a sample of the customers"
    says = f"rows that differ from the events of {whose}: 3"
    advice = "python -m pipeline rebuild-activity"
    assert wrong(shop, full=full) == [("activity", says, advice)]
    rebuild(shop)
    assert wrong(shop, full=full) == []


@pytest.mark.parametrize("full", [False, True])
def test_what_a_customer_who_is_not_there_left_is_told(damaged: Database, *, full: bool) -> None:
    send_campaign(damaged, approved_campaign(damaged), clock=lambda: NOW)
    gone = did(damaged, "c001@example.com", "visit").customer_id
    vanish(damaged, "customers", gone)
    found = wrong(damaged, full=full)
    assert sorted(says for check, says, _ in found if check == "orphans") == [
        f"rows of {table} that were found to refer to customers that are not there: {number}"
        for table, number in (
            ("activity", 2),
            ("customer_activity", 1),
            ("email_drafts", 1),
            ("events", 2),
            ("sends", 1),
        )
    ]
    run(damaged, *(advice for check, _, advice in found if check == "orphans"))
    assert wrong(damaged, full=full) == []
    assert count_rows(damaged, Event) == 2


def test_a_campaign_whose_segment_is_not_there_is_kept(damaged: Database) -> None:
    campaign_id = approved_campaign(damaged)
    segment_id = ask(damaged, lambda session: session.get_one(Campaign, campaign_id)).segment_id
    vanish(damaged, "segments", segment_id)
    says = "rows of campaigns that were found to refer to segments that are not there: 1"
    assert wrong(damaged) == [("orphans", says, "bring these segments back from a backup")]


def test_a_sample_stays_one_however_many_rows_there_are(
    damaged: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(9):
        gone = did(damaged, "c001@example.com", "purchase").customer_id
    vanish(damaged, "customers", gone)
    monkeypatch.setattr(rows, "_SAMPLE", 3)

    def found(*, full: bool) -> int:
        (says,) = (says for _, says, _ in wrong(damaged, full=full) if "rows of events" in says)
        return int(says.rpartition(": ")[2])

    assert found(full=True) == 10
    assert 1 <= found(full=False) <= 6


# ---------------------------------------------------------------------------------------- tracked
@pytest.mark.parametrize(
    ("status", "says", "command"),
    [
        ("building", "items[0].a is still building, or that was interrupted", "track-property"),
        ("removing", "items[0].a is still removing, or that was interrupted", "untrack-property"),
    ],
)
def test_a_half_tracked_property_is_told(
    shop: Database, status: str, says: str, command: str
) -> None:
    track(shop, ["items", 0, "a"], now=NOW)
    assert wrong(shop) == []
    with shop.begin() as session:
        session.execute(sa.update(TrackedProperty).values(status=status))
    advice = f"if nobody is at it: python -m pipeline {command} 'items[0].a'"
    assert wrong(shop) == [("tracked", says, advice)]


# --------------------------------------------------------------------------------------- campaigns
def test_mails_in_the_hands_of_a_process_that_ended_are_told(shop: Database) -> None:
    campaign_id = approved_campaign(shop)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(shop, campaign_id, clock=lambda: NOW, sender=Dying())
    assert wrong(shop, NOW + timedelta(minutes=14)) == []
    ((check, says, advice),) = wrong(shop, LATER)
    assert check == "campaigns"
    assert says == f"mails of {campaign_id} that went to a sender who never answered: 1"
    assert advice.endswith(f"python -m pipeline send {campaign_id} --retry-interrupted 15")


def test_a_sending_that_does_not_go_on_is_told(shop: Database) -> None:
    campaign_id = approved_campaign(shop)
    with pytest.raises(KeyboardInterrupt):
        send_campaign(shop, campaign_id, clock=lambda: NOW, sender=Dying())
    ask(shop, fail_interrupted, campaign_id, claimed_before=LATER)
    assert wrong(shop, NOW + timedelta(minutes=14)) == []
    ((_, says, advice),) = wrong(shop, LATER)
    assert says == f"the sending of {campaign_id} was interrupted between two mails"
    assert advice == f"send the rest: python -m pipeline send {campaign_id}"
    send_campaign(shop, campaign_id, clock=lambda: LATER)
    assert wrong(shop, LATER + timedelta(days=1)) == []


# -------------------------------------------------------------------------------------------- mail
def test_a_mail_server_is_asked_whether_it_lets_us_in(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_FROM", "shop@example.com")
    with mail_server() as server:
        monkeypatch.setenv("SMTP_URL", server.url(login=LOGIN))
        found = [each for each in look(url_of(shop)) if each.check == "mail"]
        assert [each.says for each in found] == [f"localhost:{server.server_address[1]} answers"]
        server.answers["AUTH"] = f"535 no {PASSWORD}"
        says = f"localhost:{server.server_address[1]} refused the login: 535 no ***"
        advice = "correct SMTP_URL, or see to the mail server"
        assert wrong(shop) == [("mail", says, advice)]
    assert "NOOP" in server.commands
    assert server.taken == []


def test_mail_settings_that_cannot_be_used_are_told(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://localhost")
    ((check, says, advice),) = wrong(shop)
    assert (check, advice) == ("mail", "correct it, or mail cannot be sent")
    assert says.startswith("MAIL_FROM is missing")


# -------------------------------------------------------------------------------------------- slow
@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "_LONG_S", 0)


@only_postgresql
def test_a_transaction_that_stays_open_is_told(impatient: None, database: Database) -> None:
    with database.begin() as session:
        pid, _ = session.execute(
            sa.text("SELECT pg_backend_pid(), :typed"), {"typed": f"\x1b[2J{'x ' * 100}"}
        ).one()
        ((check, says, advice),) = wrong(database)
    assert check == "running"
    assert re.match(
        rf"process {pid}, idle in transaction, began \d+ seconds ago: SELECT pg_backend_pid", says
    )
    assert "\x1b" not in says
    assert says.endswith(" …")
    assert advice == f"if it hangs: SELECT pg_terminate_backend({pid});"


@only_postgresql
def test_what_was_slow_is_shown_where_postgresql_records_it(separate: Database) -> None:
    run(
        separate,
        "CREATE TABLE pg_stat_statements AS SELECT oid AS dbid, 700.4 AS mean_exec_time,"
        " 700.4 * n AS total_exec_time, 1000 * n AS calls, 'SELECT ' || n AS query"
        " FROM pg_database, generate_series(1, 9) n WHERE datname = current_database()",
        "INSERT INTO pg_stat_statements SELECT dbid, 9, 9999999, 9, 'quick' FROM pg_stat_statements"
        " UNION ALL SELECT 0, 900, 9999999, 9, 'of another database'",
    )
    found = [each for each in look(url_of(separate)) if each.check == "slow queries"]
    assert all(each.ok for each in found)
    assert [each.says for each in found] == [
        f"700 ms on average, {number},000 times: SELECT {number}" for number in (9, 8, 7, 6, 5)
    ]
    run(separate, "DELETE FROM pg_stat_statements")
    assert look(url_of(separate))[-1].says == "no statement takes 500 ms on average"


def test_where_nothing_is_recorded_that_is_said(database: Database) -> None:
    *_, last = look(url_of(database))
    assert (
        last.says
        == {
            "sqlite": "SQLite keeps no record of them",
            "postgresql": "not recorded: the extension pg_stat_statements is not installed",
        }[database.kind]
    )
