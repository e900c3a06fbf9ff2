"""Find drafts: a page of what a filter shows, one by its id, the next that waits for a verdict."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.customers import addressed
from pipeline.errors import NotFound
from pipeline.limits import FACT_LENGTH, check_text
from pipeline.models import Customer, EmailDraft
from pipeline.rules import Condition
from pipeline.sql import in_any_case

FoundDraft = tuple[EmailDraft, Customer]

#: What drafts can be sorted by.
DRAFT_ORDERS: dict[str, tuple[Any, ...]] = {
    "email": (Customer.email,),
    "subject": (EmailDraft.subject, EmailDraft.customer_id),
    "sku": (EmailDraft.recommended_sku.nulls_last(), EmailDraft.customer_id),
    "changed": (EmailDraft.updated_at.desc(), EmailDraft.customer_id),
}


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """Which drafts of a campaign are meant: all that fit each part that is given.

    `search` is looked for in e-mail address and subject, whatever the case of its letters, which
    PostgreSQL knows as its locale does, and SQLite of ASCII letters only.
    """

    status: str | None = None
    search: str = ""
    sku: str | None = None

    def where(self) -> list[Condition]:
        """The conditions on `EmailDraft`; raises Invalid for a text that cannot be."""
        conditions: list[Condition] = []
        if self.status:
            conditions.append(EmailDraft.status == self.status)
        if self.sku:
            conditions.append(
                EmailDraft.recommended_sku == check_text(self.sku, "SKU", FACT_LENGTH)
            )
        if found := addressed(self.search):
            theirs = EmailDraft.customer_id.in_(sa.select(Customer.id).where(*found))
            subject = in_any_case(EmailDraft.subject)
            about = subject.icontains(self.search.strip(), autoescape=True)
            conditions.append(sa.or_(theirs, about))
        return conditions


ALL = DraftFilter()


@dataclass(frozen=True, slots=True)
class DraftCount:
    """How many drafts a filter shows, and how many of those wait for a verdict."""

    found: int
    undecided: int


def list_drafts(
    session: Session,
    campaign_id: uuid.UUID,
    *,
    among: DraftFilter = ALL,
    order: str = "email",
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[FoundDraft]:
    """A campaign's drafts with their customers, sorted by one of `drafts.DRAFT_ORDERS`."""
    # Which they are is settled without their texts: those take longer to sort than to look up.
    found = _asked_for(campaign_id, among, order).limit(limit).offset(offset).subquery()
    query = _drafts(campaign_id).join(found, found.c.customer_id == EmailDraft.customer_id)
    rows = session.execute(query.order_by(*DRAFT_ORDERS[order]))
    return [(draft, customer) for draft, customer in rows]


def _asked_for(campaign_id: uuid.UUID, among: DraftFilter, order: str) -> sa.Select[uuid.UUID]:
    query = sa.select(EmailDraft.customer_id).where(
        EmailDraft.campaign_id == campaign_id, *among.where()
    )
    if order != "email":
        return query.order_by(*DRAFT_ORDERS[order])
    # Sorted by an expression where there is a filter: PostgreSQL would go through the customers by
    # address, which may all be decided, until it has found enough of those that are not.
    email = Customer.email if among == ALL else Customer.email.concat("")
    return query.join(Customer, Customer.id == EmailDraft.customer_id).order_by(email)


def count_drafts(session: Session, campaign_id: uuid.UUID, among: DraftFilter = ALL) -> DraftCount:
    """How many drafts `list_drafts` has for the same filter."""
    count = sa.func.count()
    undecided = count.filter(EmailDraft.status == "generated")
    query = sa.select(count, undecided).select_from(EmailDraft)
    where = EmailDraft.campaign_id == campaign_id, *among.where()
    return DraftCount(*session.execute(query.where(*where)).one())


def draft_skus(session: Session, campaign_id: uuid.UUID, limit: int) -> list[tuple[str, int]]:
    """The SKUs that most of a campaign's drafts name, each with the number of drafts."""
    number = sa.func.count()
    query = (
        sa.select(EmailDraft.recommended_sku, number)
        .where(EmailDraft.campaign_id == campaign_id, EmailDraft.recommended_sku.is_not(None))
        .group_by(EmailDraft.recommended_sku)
        .order_by(number.desc(), EmailDraft.recommended_sku)
        .limit(limit)
    )
    return [(str(sku), drafts) for sku, drafts in session.execute(query)]


def get_draft(session: Session, campaign_id: uuid.UUID, draft_id: uuid.UUID) -> FoundDraft:
    """One draft with its customer; raises NotFound for one that this campaign does not have."""
    query = _drafts(campaign_id).where(EmailDraft.id == draft_id)
    for draft, customer in session.execute(query):
        return draft, customer
    raise NotFound("Draft")


def next_draft(session: Session, campaign_id: uuid.UUID, after: uuid.UUID) -> FoundDraft | None:
    """The next draft that waits for a verdict, in the order of customer ids; None: there is none.

    After the last comes the first again, so everybody gets through all of them wherever they begin,
    and reviewers who begin at random places seldom meet.
    """
    waiting = (
        _drafts(campaign_id)
        .where(EmailDraft.status == "generated")
        .order_by(EmailDraft.customer_id)
        .limit(1)
    )
    for query in (waiting.where(EmailDraft.customer_id > after), waiting):
        for draft, customer in session.execute(query):
            return draft, customer
    return None


def _drafts(campaign_id: uuid.UUID) -> sa.Select[EmailDraft, Customer]:
    return (
        sa.select(EmailDraft, Customer)
        .join(Customer, Customer.id == EmailDraft.customer_id)
        .where(EmailDraft.campaign_id == campaign_id)
    )
