"""Rows with an id that is known beforehand, so that they are stored once."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from pipeline.models import Campaign, Segment
from pipeline.sql import insert, kind_of

_NAMESPACE = uuid.UUID("0d2c7a56-41f5-4b0e-9a43-6c8f3e5b1a97")


def planned_id(noun: str, name: str) -> uuid.UUID:
    """The UUIDv5 of a planned segment's or campaign's name: the same at every load."""
    return uuid.uuid5(_NAMESPACE, f"{noun}/{name}")


def store_once(session: Session, model: type[Segment | Campaign], **values: Any) -> bool:
    """Store a row unless its id is there, whatever has become of it since; whether it was new.

    Not by `create_segment` and `create_campaign`, which make another one each time: here the
    primary key keeps a second load out, also one at the same moment.
    """
    new = insert(kind_of(session), model).values(**values).on_conflict_do_nothing()
    return session.scalars(new.returning(model.id)).one_or_none() is not None
