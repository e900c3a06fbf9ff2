"""The facts that a draft is written from: what its customer did in the 30 days before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.limits import FACT_LENGTH
from pipeline.models import Customer, EmailDraft, Event
from pipeline.sql import WHITESPACE, json_string

_WINDOW = timedelta(days=30)
_sku: sa.ColumnElement[str] = sa.func.trim(json_string(Event.properties, "sku"), WHITESPACE)


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """The newest event when the draft was generated, and the one that the SKU is from."""

    recent: Event | None
    sku: Event | None


def draft_facts(session: Session, draft: EmailDraft) -> DraftFacts:
    """What a draft was generated from, as far as its events are still there."""
    theirs = _newest(draft.generated_at).where(Event.customer_id == draft.customer_id)
    # No SKU is NULL, which no event's is equal to.
    with_sku = theirs.where(_sku == sa.literal(draft.recommended_sku, sa.String()))
    recent, sku = (session.scalars(query).one_or_none() for query in (theirs, with_sku))
    return DraftFacts(recent, sku)


def customers_with_facts(now: datetime) -> sa.Select[Any]:
    """Customers' id, e-mail and `created_at`, with `recent_event_type`, `recommended_sku` or null.

    What is too long for a SKU is none: it would not fit into the index of drafts either.
    """
    theirs = _newest(now).where(Event.customer_id == Customer.id)
    recent = theirs.with_only_columns(Event.type)
    sku = theirs.with_only_columns(_sku).where(_sku != "", sa.func.length(_sku) <= FACT_LENGTH)
    return sa.select(
        Customer.id,
        Customer.email,
        Customer.created_at,
        recent.scalar_subquery().label("recent_event_type"),
        sku.scalar_subquery().label("recommended_sku"),
    )


def _newest(now: datetime) -> sa.Select[Any]:
    return (
        sa.select(Event)
        .where(Event.occurred_at >= now - _WINDOW, Event.occurred_at <= now)
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(1)
    )
