"""How the databases go about each kind of rule, with 100,000 events: never through all of them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from pipeline.activity import rebuild
from pipeline.database import Database, connect
from pipeline.models import Customer
from pipeline.reports.newest import _nth_newest
from pipeline.rules import parse
from pipeline.segments import count, matches
from pipeline.sql import where as where_
from tests.conftest import own_database
from tests.factories import NOW
from tests.language import email, event, not_, seen, sequence, times, value, where

EVENTS, CUSTOMERS = 100_000, 2_000

# Rows of the numbers 0, 1, …: each customer does five things every fortnight, for 139 days; one in
# twenty is a purchase.
_FILL = """
    INSERT INTO customers SELECT {customer}, 'c' || n || '@example.com', {now}, {now}
        FROM {numbers} WHERE n % 5 = 0 AND n < {customers} * 5;
    INSERT INTO events (customer_id, id, type, properties, occurred_at, created_at)
        SELECT {customer}, {event},
            CASE WHEN n % 20 = 0 THEN 'purchase' WHEN n % 10 = 1 THEN 'added_to_cart'
                WHEN n % 10 = 2 THEN 'login' ELSE 'page_view' END,
            {object}('sku', 's' || (n % 11), 'total', n % 97), {moment}, {now}
        FROM {numbers}
"""
_WORDS = {
    "postgresql": {
        "numbers": "generate_series(0, {events} - 1) n",
        "customer": "lpad(to_hex(n / 5 % {customers}), 32, '0')::uuid",
        "event": "lpad(to_hex(n), 32, '0')::uuid",
        "object": "jsonb_build_object",
        "now": "'{now}'::timestamptz",
        "moment": "'{now}'::timestamptz - make_interval(mins => n * 2)",
    },
    "sqlite": {
        "numbers": "(WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers"
        " WHERE n < {events} - 1) SELECT n FROM numbers)",
        "customer": "printf('%032x', n / 5 % {customers})",
        "event": "printf('%032x', n)",
        "object": "json_object",
        "now": "'{now}.000000'",
        "moment": "datetime('{now}', (n * -2) || ' minutes') || '.000000'",
    },
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of 100,000 events."""
    if request.param == "sqlite":
        yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'filled.db'}")
    else:
        with own_database(request.getfixturevalue("postgresql_server")) as url:
            yield from _filled(url)


def _filled(url: str) -> Iterator[Database]:
    database = connect(url)
    numbers = {"events": EVENTS, "customers": CUSTOMERS, "now": f"{NOW:%Y-%m-%d %H:%M:%S}"}
    words = {name: sql.format(**numbers) for name, sql in _WORDS[database.kind].items()}
    with database.begin() as session:
        for statement in _FILL.format(**{**numbers, **words}).split(";"):
            run(session, statement)
    rebuild(database)
    if database.kind == "postgresql":
        with database.begin() as session:
            run(session, "ANALYZE")
    yield database
    database.close()


def run(session: Session, sql: str) -> sa.Result[Any]:
    return session.execute(sa.text(sql.replace(":", "\\:")))


class explain(sa.Executable, sa.ClauseElement):  # noqa: N801 - reads as SQL does
    """How a statement would be executed."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(explain)
def _explain(element: explain, compiler: SQLCompiler, **kw: Any) -> str:
    word = "QUERY PLAN" if compiler.dialect.name == "sqlite" else "(FORMAT JSON)"
    return f"EXPLAIN {word} {compiler.process(element.statement, **kw)}"


def explained(database: Database, definition: dict[str, Any]) -> Sequence[sa.Row[Any]]:
    """What the database says of how it would count a rule's audience."""
    who = sa.select(sa.func.count()).select_from(Customer)
    with database.read() as session:
        condition = matches(session, parse(definition), NOW)
        return session.execute(explain(where_(session, who, condition))).all()


def plan(database: Database, definition: dict[str, Any]) -> list[str]:
    """A line for each table that is read to count a rule's audience: SEARCH or SCAN, and how."""
    return reads(database, explained(database, definition))


def reads(database: Database, rows: Sequence[sa.Row[Any]]) -> list[str]:
    """The same, of what the database says of any statement."""
    if database.kind == "sqlite":
        return [str(row[3]) for row in rows]
    return [*_reads(rows[0][0][0]["Plan"])]


def _reads(node: dict[str, Any]) -> Iterator[str]:
    if "Relation Name" in node:
        how = "SCAN" if node["Node Type"] == "Seq Scan" else "SEARCH"
        yield f"{how} {node['Relation Name']} ({node['Node Type']})"
    for child in node.get("Plans", ()):
        yield from _reads(child)


MUG = [where("sku", "equals", "s7")]
LAST_30 = {"lastDays": 30}
RULES: dict[str, dict[str, Any]] = {
    "event_type_in_last_days": {
        "kind": "event_type_in_last_days", "eventType": "purchase", "days": 30,
    },
    "event_property_equals": {
        "kind": "event_property_equals", "eventType": "purchase", "path": "sku", "value": "s7",
        "days": 30,
    },
    "event_count_gte_in_last_days": {
        "kind": "event_count_gte_in_last_days", "eventType": "purchase", "days": 30, "minCount": 2,
    },
    "event": event(window=LAST_30),
    "event, ever": event(),
    "event, never": event(count=times("equals", 0)),
    "event, long ago": event(window={"olderThanDays": 100}),
    "event, between": event(window={"between": ["2026-05-01", "2026-05-03"]}),
    "event, filtered": event(filters=MUG, window=LAST_30),
    "event, filtered, ever": event(filters=MUG),
    "event, counted": event(window=LAST_30, count=times("less", 3)),
    "event, counted, ever": event(count=times("greater", 3)),
    "event of any type": event(None, window=LAST_30),
    "event of any type, counted": event(None, count=times("greater", 3)),
    "event_value": value("sum", "greater", 100, window=LAST_30),
    "event_value, distinct": {**value("distinct", "greater", 2), "path": "sku"},
    "sequence": sequence(window=LAST_30),
    "sequence, negated": sequence(negate=True, window=LAST_30),
    "first_seen": seen("first", olderThanDays=130),
    "last_seen": seen("last", lastDays=30),
    "last_seen, long ago": seen("last", olderThanDays=7),
    "email": email("ends_with", "5@example.com"),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_no_kind_reads_through_the_table_of_events(filled: Database, name: str) -> None:
    for definition in (RULES[name], not_(RULES[name])):
        lines = plan(filled, definition)
        assert any("customers" in line for line in lines)
        # An index that has all that is asked for may be read through.
        through = [line for line in lines if re.match("SCAN events( AS .*)?( \\(.*)?$", line)]
        assert through == []


ANSWERED_BY_THE_PROFILE = [
    "event_type_in_last_days", "event_count_gte_in_last_days", "event", "event, ever",
    "event, never", "event, long ago", "event, counted, ever", "event of any type",
    "event of any type, counted", "first_seen", "last_seen", "last_seen, long ago", "email",
]  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED_BY_THE_PROFILE)
def test_the_profile_answers_while_now_is_now(filled: Database, name: str) -> None:
    with filled.begin() as session:
        before = count(session, parse(RULES[name]), now=NOW)
        run(session, "DELETE FROM events")
        assert count(session, parse(RULES[name]), now=NOW) == before > 0
        session.rollback()


def test_events_with_a_rare_value_are_found_by_it(filled: Database) -> None:
    if filled.kind == "postgresql":  # SQLite goes through those of the type
        rule = event(filters=[where("total", "equals", 5), where("sku", "exists")])
        ((found,),) = explained(filled, rule)
        assert "ix_events_properties" in str(found)


def test_a_sequence_looks_for_what_followed_by_customer(filled: Database) -> None:
    if filled.kind == "sqlite":  # PostgreSQL has statistics
        lines = plan(filled, RULES["sequence"])
        (followed,) = (line for line in lines if line.startswith("SEARCH next"))
        assert "(customer_id=? AND occurred_at>? AND occurred_at<?)" in followed


def test_the_newest_moment_of_a_type_is_read_from_the_end_of_an_index(filled: Database) -> None:
    with filled.read() as session:
        rows = session.execute(explain(_nth_newest(1))).all()
    assert any(line.startswith("SEARCH events") for line in reads(filled, rows))
    assert not re.search("Sort|TEMP B-TREE", str(rows))


def test_the_rows_are_there(filled: Database) -> None:
    for name, rule in RULES.items():
        with filled.read() as session:
            assert count(session, parse(rule), now=NOW) > 0, name
