"""Drafts: one personal e-mail for each member of a campaign's audience, decided by a person."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.campaigns import change_status, get_campaign
from pipeline.database import Database
from pipeline.errors import Conflict, Invalid, NotFound
from pipeline.models import Customer, EmailDraft, Event
from pipeline.progress import Progress, silent
from pipeline.rules import Rule, parse
from pipeline.segments import matches
from pipeline.smart import EmailFacts, EmailText, write_email
from pipeline.sql import WHITESPACE, insert, json_rows, json_string, kind_of

#: What a person can decide; the only change a draft's status can make is from "generated" to these.
VERDICTS = ("approved", "rejected")

_FACTS_WINDOW = timedelta(days=30)
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class _Recipient:
    customer_id: uuid.UUID
    facts: EmailFacts


# --------------------------------------------------------------------------------------- generate
def generate_drafts(
    database: Database,
    campaign_id: uuid.UUID,
    *,
    now: datetime,
    on_progress: Progress = silent,
) -> int:
    """Write a draft for every customer who matches; returns how many match and have one now.

    An undecided draft is written anew, or removed when its customer no longer matches; a decided
    one is kept. Works in chunks, each stored whole or not at all: interrupted and repeated, or run
    twice at once, it ends with one draft a customer. `on_progress(done, total)` counts customers.
    Raises NotFound, and ProviderError when the writer fails.
    """
    with database.read() as session:
        rule = parse(get_campaign(session, campaign_id).segment_snapshot)
        audience = _audience(session, rule, now)
    for done, chunk in _chunks(audience):
        with database.read() as session:
            recipients = _undecided(session, campaign_id, chunk, now)
        # No transaction is open while the writer works: it may be a model that takes its time.
        texts = [(recipient, write_email(recipient.facts)) for recipient in recipients]
        database.transact(partial(_save, campaign_id=campaign_id, texts=texts, now=now))
        on_progress(done, len(audience))
    database.transact(lambda session: _remove_strangers(session, campaign_id, rule, now))
    with database.read() as session:
        return _drafted_count(session, campaign_id, rule, now)


def _audience(session: Session, rule: Rule, now: datetime) -> list[uuid.UUID]:
    query = sa.select(Customer.id).where(matches(rule, now)).order_by(Customer.id)
    return list(session.scalars(query, execution_options={"yield_per": 10_000}))


def _chunks(audience: list[uuid.UUID]) -> Iterator[tuple[int, list[uuid.UUID]]]:
    ids, done = iter(audience), 0
    while chunk := list(islice(ids, _CHUNK)):
        done += len(chunk)
        yield done, chunk


def _undecided(
    session: Session, campaign_id: uuid.UUID, customer_ids: list[uuid.UUID], now: datetime
) -> list[_Recipient]:
    decided = sa.exists().where(
        EmailDraft.campaign_id == campaign_id,
        EmailDraft.customer_id == Customer.id,
        EmailDraft.status.in_(VERDICTS),
    )
    query = _facts(now).where(Customer.id.in_(customer_ids), ~decided).order_by(Customer.id)
    return [
        _Recipient(row.id, EmailFacts(row.email, row.recent_event_type, row.recommended_sku))
        for row in session.execute(query)
    ]


def _facts(now: datetime) -> sa.Select[Any]:
    sku = sa.func.trim(json_string(Event.properties, "sku"), WHITESPACE)
    recent = (
        sa.select(Event.type)
        .where(
            Event.customer_id == Customer.id,
            Event.occurred_at >= now - _FACTS_WINDOW,
            Event.occurred_at <= now,
        )
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(1)
    )
    return sa.select(
        Customer.id,
        Customer.email,
        recent.scalar_subquery().label("recent_event_type"),
        recent.with_only_columns(sku).where(sku != "").scalar_subquery().label("recommended_sku"),
    )


def _save(
    session: Session,
    *,
    campaign_id: uuid.UUID,
    texts: Sequence[tuple[_Recipient, EmailText]],
    now: datetime,
) -> None:
    rows = [
        (
            recipient.customer_id.hex,
            uuid.uuid4().hex,
            text.subject,
            text.body,
            recipient.facts.recommended_sku,
        )
        for recipient, text in texts
    ]
    session.execute(_upsert(kind_of(session), campaign_id, now), {"rows": exact_json.dumps(rows)})
    if rows:
        change_status(session, campaign_id, "drafted", now)


def _upsert(kind: str, campaign_id: uuid.UUID, now: datetime) -> sa.Insert:
    names = ("customer_id", "id", "subject", "body", "recommended_sku")
    columns = EmailDraft.__table__.c
    texts = json_rows(kind, {name: columns[name].type for name in names}).cte("texts")
    fixed = {
        "campaign_id": campaign_id,
        "status": "generated",
        "created_at": now,
        "updated_at": now,
    }
    # Joined with customers: one who was erased since is left out.
    rows = sa.select(
        *texts.c, *(sa.literal(value, columns[name].type) for name, value in fixed.items())
    ).join(Customer, Customer.id == texts.c.customer_id)
    write = insert(kind, EmailDraft).from_select(
        [*names, *fixed], rows.order_by(texts.c.customer_id)
    )
    renewed = ("subject", "body", "recommended_sku", "updated_at")
    return write.on_conflict_do_update(
        index_elements=[EmailDraft.campaign_id, EmailDraft.customer_id],
        set_={name: write.excluded[name] for name in renewed},
        where=EmailDraft.status == "generated",
    )


def _remove_strangers(session: Session, campaign_id: uuid.UUID, rule: Rule, now: datetime) -> None:
    members = sa.select(Customer.id).where(matches(rule, now))
    session.execute(
        sa.delete(EmailDraft).where(
            EmailDraft.campaign_id == campaign_id,
            EmailDraft.status == "generated",
            EmailDraft.customer_id.not_in(members),
        ),
        execution_options={"synchronize_session": False},
    )


def _drafted_count(session: Session, campaign_id: uuid.UUID, rule: Rule, now: datetime) -> int:
    drafted = sa.select(EmailDraft.customer_id).where(EmailDraft.campaign_id == campaign_id)
    query = (
        sa.select(sa.func.count())
        .select_from(Customer)
        .where(matches(rule, now), Customer.id.in_(drafted))
    )
    return session.scalars(query).one()


# ----------------------------------------------------------------------------------------- review
def list_drafts(
    session: Session, campaign_id: uuid.UUID, *, limit: int | None = None
) -> Sequence[tuple[EmailDraft, Customer]]:
    """A campaign's drafts with their customers, all or the first `limit`, by e-mail."""
    query = (
        sa.select(EmailDraft, Customer)
        .join(Customer, Customer.id == EmailDraft.customer_id)
        .where(EmailDraft.campaign_id == campaign_id)
        .order_by(Customer.email)
        .limit(limit)
    )
    return [(draft, customer) for draft, customer in session.execute(query)]


def review_draft(
    session: Session,
    campaign_id: uuid.UUID,
    draft_id: uuid.UUID,
    verdict: object,
    *,
    now: datetime,
) -> EmailDraft:
    """Approve or reject a draft, once: of two reviewers the second gets Conflict.

    Raises Invalid for another verdict, NotFound for a draft that this campaign does not have.
    """
    status = check_verdict(verdict)
    theirs = (EmailDraft.campaign_id == campaign_id, EmailDraft.id == draft_id)
    change = (
        sa.update(EmailDraft)
        .where(*theirs, EmailDraft.status == "generated")
        .values(status=status, updated_at=now)
    )
    draft = session.scalars(change.returning(EmailDraft)).one_or_none()
    if draft is not None:
        return draft
    decided = session.scalars(sa.select(EmailDraft.status).where(*theirs)).one_or_none()
    if decided is None:
        raise NotFound("Draft")
    raise Conflict(f'Cannot transition draft from status "{decided}"')


def review_rest(
    session: Session,
    campaign_id: uuid.UUID,
    verdict: object,
    *,
    limit: int | None = None,
    now: datetime,
) -> int:
    """Approve or reject the undecided drafts, all or the first `limit` by e-mail; how many."""
    get_campaign(session, campaign_id)
    undecided = (
        sa.select(EmailDraft.customer_id)
        .join(Customer, Customer.id == EmailDraft.customer_id)
        .where(EmailDraft.campaign_id == campaign_id, EmailDraft.status == "generated")
        .order_by(Customer.email)
        .limit(limit)
    )
    change = (
        sa.update(EmailDraft)
        .where(
            EmailDraft.campaign_id == campaign_id,
            EmailDraft.status == "generated",
            EmailDraft.customer_id.in_(undecided),
        )
        .values(status=check_verdict(verdict), updated_at=now)
        .returning(EmailDraft.id)
    )
    options = {"synchronize_session": False}
    return len(session.execute(change, execution_options=options).all())


def check_verdict(verdict: object) -> str:
    """`verdict`, if it is one; else Invalid."""
    if verdict not in VERDICTS:
        raise Invalid(f"status must be one of: {', '.join(VERDICTS)}")
    return str(verdict)
