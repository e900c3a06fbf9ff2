"""What customers did after a campaign's mail.

Cost follows the mails that were sent; events are read only of customers who went on to do the same
later than is asked about.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.models import Activity, Event, Send
from pipeline.sql import hours_after


@dataclass(frozen=True, slots=True)
class Responses:
    """How many customers did something, by event type, within some days after their mail.

    Of the `mailed` customers, those days are not over for `waiting`.
    """

    mailed: int
    waiting: int
    customers: Mapping[str, int]


def responses(
    session: Session, campaign_id: uuid.UUID, days: int, limit: int, *, now: datetime
) -> Responses:
    """The `limit` types that most customers did within `days` times 24 hours after their mail."""
    mailed = Send.campaign_id == campaign_id, Send.status == "sent"
    is_waiting = Send.sent_at > now - timedelta(days=days)
    numbers = sa.select(sa.func.count(), sa.func.count().filter(is_waiting)).where(*mailed)
    customers = sa.func.count().label("customers")
    types = (
        sa.select(Activity.type, customers)
        .join_from(Send, Activity, Activity.customer_id == Send.customer_id)
        .where(*mailed, Activity.last_at > Send.sent_at, _in_time(days))
        .group_by(Activity.type)
        .order_by(customers.desc(), Activity.type)
        .limit(limit)
    )
    done = {row.type: row.customers for row in session.execute(types)}
    return Responses(*session.execute(numbers).one(), done)


def _in_time(days: int) -> sa.ColumnElement[bool]:
    """Whether what was done after the mail was done within the days: its newest event may tell."""
    end = hours_after(Send.sent_at, days * 24)
    # Among all that the customer did: asked for a type, too, a database without statistics goes
    # through everybody's events of that type.
    done = sa.select(Event.type).where(
        Event.customer_id == Activity.customer_id,
        Event.occurred_at > Send.sent_at,
        Event.occurred_at <= end,
    )
    return sa.or_(Activity.last_at <= end, Activity.type.in_(done))
