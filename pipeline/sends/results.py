"""The sends of a campaign, to be looked at."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.customers import addressed
from pipeline.models import Customer, Send
from pipeline.rules import Condition


@dataclass(frozen=True, slots=True)
class SendFilter:
    """Which sends of a campaign are meant: all that fit each part that is given.

    `search` is looked for in the e-mail address.
    """

    status: str | None = None
    search: str = ""

    def where(self) -> list[Condition]:
        """The conditions on `Send`; raises Invalid for a text that cannot be."""
        conditions: list[Condition] = []
        if self.status:
            conditions.append(Send.status == self.status)
        if found := addressed(self.search):
            conditions.append(Send.customer_id.in_(sa.select(Customer.id).where(*found)))
        return conditions


ALL = SendFilter()


def list_sends(
    session: Session,
    campaign_id: uuid.UUID,
    *,
    among: SendFilter = ALL,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[tuple[Send, Customer]]:
    """A campaign's sends with their customers, by e-mail."""
    rows = session.execute(sends_with_customers(campaign_id, among).limit(limit).offset(offset))
    return [(send, customer) for send, customer in rows]


def sends_with_customers(campaign_id: uuid.UUID, among: SendFilter) -> sa.Select[Send, Customer]:
    """The query for what `list_sends` has; raises Invalid as the filter does."""
    return (
        sa.select(Send, Customer)
        .join(Customer, Customer.id == Send.customer_id)
        .where(Send.campaign_id == campaign_id, *among.where())
        .order_by(Customer.email)
    )


def count_sends(session: Session, campaign_id: uuid.UUID, among: SendFilter = ALL) -> int:
    """How many sends `list_sends` has for the same filter."""
    query = sa.select(sa.func.count()).select_from(Send)
    return session.scalars(query.where(Send.campaign_id == campaign_id, *among.where())).one()
