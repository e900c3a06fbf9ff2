"""The tables, in pipeline order.

Every per-customer table leads its primary key with `customer_id`, and every unique key contains it,
so that a cluster can spread the tables by customer with all joins local.
"""

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from pipeline.limits import EMAIL_LENGTH, KEY_LENGTH, NAME_LENGTH, TYPE_LENGTH
from pipeline.sql import Json, Moments, Place, Scalar, Step, Timestamp, nth_newest, text


class Base(DeclarativeBase):
    """What all tables share: moments and JSON have one type each."""

    type_annotation_map = {datetime: Timestamp(), dict[str, Any]: Json}  # noqa: RUF012
    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )


def _only_on_postgresql(*columns: str, **options: Any) -> sa.Index:
    """An index that SQLite is not to have."""
    return sa.Index(None, *columns, info={"only": "postgresql"}, **options)


def is_for(item: sa.schema.SchemaItem, kind: str) -> bool:
    """Whether databases of a kind (`"sqlite"` or `"postgresql"`) have such a column, index, …"""
    return bool(item.info.get("only", kind) == kind)


def _customer_key() -> Mapped[uuid.UUID]:
    return mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)


def _campaign_key() -> Mapped[uuid.UUID]:
    return mapped_column(sa.ForeignKey("campaigns.id", ondelete="CASCADE"))


class Customer(Base):
    """Someone with an e-mail address, known since their first event."""

    __tablename__ = "customers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(text(EMAIL_LENGTH), unique=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Event(Base):
    """Something a customer did at a moment."""

    __tablename__ = "events"
    __table_args__ = (
        sa.UniqueConstraint("customer_id", "idempotency_key"),
        sa.Index(None, "type", "occurred_at", "customer_id"),
        sa.Index(None, "customer_id", "occurred_at"),
        # Finds the events that have a value somewhere; only where it is a frequent one there are
        # too many to be read one by one.
        _only_on_postgresql(
            "properties",
            postgresql_using="gin",
            postgresql_ops={"properties": "jsonb_path_ops"},
        ),
    )

    customer_id: Mapped[uuid.UUID] = _customer_key()
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(text(TYPE_LENGTH))
    properties: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    idempotency_key: Mapped[str | None] = mapped_column(text(KEY_LENGTH))
    created_at: Mapped[datetime]


class AnyActivity(Base):
    """A profile: how often a customer did something, and when first, last and newest.

    Written with the events it counts, in one transaction, so it never disagrees with them.
    """

    __abstract__ = True

    #: Columns that have one of the newest moments, by its place among them.
    nth_at: ClassVar[dict[int, str]] = {}

    customer_id: Mapped[uuid.UUID] = _customer_key()
    event_count: Mapped[int] = mapped_column(sa.BigInteger())
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    newest_at: Mapped[list[datetime]] = mapped_column(Moments())


class CustomerActivity(AnyActivity):
    """The profile of all that a customer did."""

    __tablename__ = "customer_activity"
    # Who goes through all profiles reads nothing but the key's index, and in order.
    __table_args__ = (
        sa.PrimaryKeyConstraint(
            "customer_id", postgresql_include=["event_count", "first_at", "last_at"]
        ),
        sa.Index(None, "last_at", "customer_id"),
        {"sqlite_with_rowid": False},
    )


def _by_nth(column: str) -> sa.Index:
    return _only_on_postgresql(
        "type",
        column,
        postgresql_include=["last_at", "customer_id"],
        postgresql_where=sa.column(column).is_not(None),
    )


def _nth(n: int) -> Mapped[datetime | None]:
    # On SQLite, which cannot add a stored one, the column is computed whenever it is read.
    return mapped_column(sa.Computed(nth_newest(sa.column("newest_at"), n), persisted=True))


class Activity(AnyActivity):
    """The profile for each event type."""

    __tablename__ = "activity"
    # On PostgreSQL the index by type has what most rules ask, in the order of the customers, and it
    # does not grow when their rows change, as those by time do. Those by the third and the tenth
    # newest moment make counts as quick as recency; each costs ingest a tenth of what it takes to
    # write a profile. On SQLite the table itself is in the order of customers, which makes its rows
    # cheaper to write.
    __table_args__ = (
        sa.PrimaryKeyConstraint("customer_id", "type"),
        sa.Index(None, "type", "last_at", "customer_id"),
        sa.Index(
            None,
            "type",
            "customer_id",
            postgresql_include=["event_count", "first_at", "last_at"],
        ),
        _by_nth("third_at"),
        _by_nth("tenth_at"),
        {"sqlite_with_rowid": False},
    )
    nth_at: ClassVar[dict[int, str]] = {3: "third_at", 10: "tenth_at"}

    type: Mapped[str] = mapped_column(text(TYPE_LENGTH), primary_key=True)
    third_at: Mapped[datetime | None] = _nth(3)
    tenth_at: Mapped[datetime | None] = _nth(10)


class TrackedProperty(Base):
    """A property by whose values profiles are kept, too.

    `path` is the list of its steps in JSON, and `place` the same for the database. `status` is
    `building`, with the customers up to `built_through` done, then `ready`, in the end `removing`.
    """

    __tablename__ = "tracked_properties"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(text(), unique=True)
    place: Mapped[list[Step]] = mapped_column(Place())
    status: Mapped[str] = mapped_column(text(20))
    built_through: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]


class PropertyActivity(AnyActivity):
    """The profile for each value of a tracked property in events of a type.

    Only values that are short enough for an index: see `pipeline.sql.short_scalar`.
    """

    __tablename__ = "property_activity"
    __table_args__ = (
        sa.PrimaryKeyConstraint("customer_id", "property_id", "type", "value"),
        sa.Index(None, "property_id", "type", "value", "last_at", "customer_id"),
        {"sqlite_with_rowid": False},
    )

    property_id: Mapped[int] = mapped_column(
        sa.ForeignKey("tracked_properties.id", ondelete="CASCADE"), primary_key=True
    )
    type: Mapped[str] = mapped_column(text(TYPE_LENGTH), primary_key=True)
    value: Mapped[Any] = mapped_column(Scalar(), primary_key=True)


#: All tables of profiles, in the order in which writers lock their rows.
PROFILES: tuple[type[AnyActivity], ...] = (CustomerActivity, Activity, PropertyActivity)


class Segment(Base):
    """A named audience: the definition of a rule, evaluated whenever it is asked."""

    __tablename__ = "segments"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(text(NAME_LENGTH))
    description: Mapped[str | None] = mapped_column(text())
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SegmentReference(Base):
    """That a segment's definition refers to another segment."""

    __tablename__ = "segment_references"

    segment_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True
    )
    used_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("segments.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


class Campaign(Base):
    """One mailing to the audience that its segment described when it was created.

    `revision` counts the changes to its drafts, each of which has the number of its last one.
    """

    __tablename__ = "campaigns"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(text(NAME_LENGTH))
    description: Mapped[str | None] = mapped_column(text())
    segment_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("segments.id", ondelete="RESTRICT"), index=True
    )
    segment_snapshot: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(text(20))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class EmailDraft(Base):
    """The personal text for one customer of a campaign, waiting for a person's verdict.

    `generated_at` is when the generator wrote it, from what was known then. `written_by` is the
    person who edited the text, None for the generator's own; `reviewed_by` is whoever decided, None
    for nobody yet and for somebody without a name.
    """

    __tablename__ = "email_drafts"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "customer_id"),
        sa.Index(None, "campaign_id", "status", "customer_id"),
        # Not all drafts: else SQLite takes it for the index on the id when both are asked for.
        sa.Index(
            None,
            "campaign_id",
            "recommended_sku",
            sqlite_where=sa.text("recommended_sku IS NOT NULL"),
            postgresql_where=sa.text("recommended_sku IS NOT NULL"),
        ),
        sa.Index(None, "id"),
    )

    customer_id: Mapped[uuid.UUID] = _customer_key()
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[uuid.UUID] = _campaign_key()
    subject: Mapped[str] = mapped_column(text())
    body: Mapped[str] = mapped_column(text())
    recommended_sku: Mapped[str | None] = mapped_column(text())
    status: Mapped[str] = mapped_column(text(20))
    revision: Mapped[int]
    generated_at: Mapped[datetime]
    written_at: Mapped[datetime]
    written_by: Mapped[str | None] = mapped_column(text(NAME_LENGTH))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(text(NAME_LENGTH))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Send(Base):
    """The mailing of an approved draft, whose id it has: claimed as queued, then sent or failed."""

    __tablename__ = "sends"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "customer_id"),
        sa.Index(None, "campaign_id", "status", "customer_id"),
    )

    customer_id: Mapped[uuid.UUID] = _customer_key()
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[uuid.UUID] = _campaign_key()
    status: Mapped[str] = mapped_column(text(20))
    error: Mapped[str | None] = mapped_column(text())
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
