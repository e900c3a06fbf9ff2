"""Files to import, and what an import leaves in the database."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.activity import disagreements
from pipeline.database import Database
from pipeline.files import FieldMapping, ImportReport, import_file
from pipeline.models import Activity, Base, Customer, CustomerActivity, Event
from tests.factories import NOW

#: For files with the columns email and at; whatever else they have becomes a property.
VISITS = FieldMapping(email="email", time="at", type="visit")

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def write(path: Path, content: str | bytes) -> Path:
    """The file with that content: as UTF-8, and packed if its name ends in .gz."""
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw, 1) if path.suffix == ".gz" else raw)
    return path


def csv_text(rows: Iterable[Sequence[object]], **dialect: Any) -> str:
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue()


def json_lines(rows: Iterable[object]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def shared_data(name: str) -> Path:
    """One of the data sets that are not part of the project; skips the test where it is absent."""
    path = _DATA / name
    if not path.exists():
        pytest.skip(f"needs {path}, which is not part of the project")
    return path


def do_import(
    database: Database, path: Path, mapping: FieldMapping = VISITS, **options: Any
) -> ImportReport:
    return import_file(database, path, mapping, **{"now": NOW} | options)


def numbers(report: ImportReport) -> dict[str, object]:
    """What a report says, but for how long it took."""
    refused = dict(report.refused)
    return {
        "read": report.read,
        "stored": report.stored,
        "duplicates": report.duplicates,
        "refused": refused,
        "new_customers": report.new_customers,
    }


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows that imports write, in the order of their keys, without when they were written."""
    with database.read() as session:
        return {
            table.__tablename__: [
                tuple(row) for row in session.execute(sa.select(*_lasting(table)).order_by(*key))
            ]
            for table, key in {
                Customer: [Customer.id],
                Event: [Event.customer_id, Event.id],
                CustomerActivity: [CustomerActivity.customer_id],
                Activity: [Activity.customer_id, Activity.type],
            }.items()
        }


def _lasting(table: type[Base]) -> list[sa.Column[Any]]:
    written = {"created_at", "updated_at"}
    return [column for column in table.__table__.columns if column.name not in written]


def forget(database: Database) -> None:
    """Delete all customers and what belongs to them."""
    database.transact(lambda session: session.execute(sa.delete(Customer)))


def in_step(database: Database) -> bool:
    """Whether the profiles say what can be counted in the events."""
    with database.read() as session:
        return disagreements(session) == 0
