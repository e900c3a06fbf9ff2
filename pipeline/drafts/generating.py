"""Generating: a draft for each customer who matches, from what they did lately."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline import exact_json
from pipeline.campaigns import change_status, get_campaign, next_revision
from pipeline.customers import kept
from pipeline.database import Database
from pipeline.definitions import campaign_rule
from pipeline.drafts.facts import customers_with_facts
from pipeline.models import Customer, EmailDraft
from pipeline.progress import Progress, silent
from pipeline.rules import Condition, Rule
from pipeline.segments import matches
from pipeline.smart import EmailFacts, EmailText, write_email
from pipeline.sql import insert, json_rows, kind_of, timestamp_text, where

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class _Recipient:
    customer_id: uuid.UUID
    since: datetime
    facts: EmailFacts


def generate_drafts(
    database: Database,
    campaign_id: uuid.UUID,
    *,
    now: datetime,
    on_progress: Progress = silent,
) -> int:
    """Write a draft for every customer who matches; returns how many match and have one now.

    An undecided draft is written anew unless a person edited it, and removed when its customer no
    longer matches; a decided one is kept, and so is what was written after `now`. Works in chunks,
    each stored whole or not at all: interrupted and repeated, or run twice at once, it ends with
    one draft a customer. `on_progress(done, total)` counts customers. Raises NotFound, and
    ProviderError when the writer fails.
    """
    with database.read() as session:
        rule = campaign_rule(get_campaign(session, campaign_id))
        audience = _audience(session, rule, now)
    for done, chunk in _chunks(audience):
        with database.read() as session:
            recipients = _renewable(session, campaign_id, chunk, now)
        # No transaction is open while the writer works: it may be a model that takes its time.
        texts = [(recipient, write_email(recipient.facts)) for recipient in recipients]
        database.transact(partial(_save, campaign_id=campaign_id, texts=texts, now=now))
        on_progress(done, len(audience))
    with database.read() as session:
        strangers = _strangers(session, campaign_id, rule, now)
    for _, chunk in _chunks(strangers):
        database.transact(partial(_remove, campaign_id=campaign_id, customer_ids=chunk, now=now))
    with database.read() as session:
        return _drafted_count(session, campaign_id, rule, now)


def _audience(session: Session, rule: Rule, now: datetime) -> list[uuid.UUID]:
    query = _members(session, rule, now).order_by(Customer.id)
    return list(session.scalars(query, execution_options={"yield_per": 10_000}))


def _members(session: Session, rule: Rule, now: datetime) -> sa.Select[uuid.UUID]:
    return where(session, sa.select(Customer.id), matches(session, rule, now))


def _chunks(audience: list[uuid.UUID]) -> Iterator[tuple[int, list[uuid.UUID]]]:
    ids, done = iter(audience), 0
    while chunk := list(islice(ids, _CHUNK)):
        done += len(chunk)
        yield done, chunk


def _renewable(
    session: Session, campaign_id: uuid.UUID, customer_ids: list[uuid.UUID], now: datetime
) -> list[_Recipient]:
    settled = sa.exists().where(
        EmailDraft.campaign_id == campaign_id,
        EmailDraft.customer_id == Customer.id,
        ~_is_renewable(now),
    )
    query = customers_with_facts(now).where(Customer.id.in_(customer_ids), ~settled)
    return [
        _Recipient(id_, since, EmailFacts(email, *facts))
        for id_, email, since, *facts in session.execute(query.order_by(Customer.id))
    ]


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
            timestamp_text(recipient.since),
        )
        for recipient, text in texts
    ]
    if rows:
        upsert = _upsert(kind_of(session), campaign_id, next_revision(session, campaign_id), now)
        written = session.execute(upsert.returning(sa.true()), {"rows": exact_json.dumps(rows)})
        if written.all():  # or everybody was erased
            change_status(session, campaign_id, "drafted", now)


def _upsert(kind: str, campaign_id: uuid.UUID, revision: int, now: datetime) -> sa.Insert:
    names = ("customer_id", "id", "subject", "body", "recommended_sku")
    columns = EmailDraft.__table__.c
    types = {name: columns[name].type for name in names} | {"since": columns["created_at"].type}
    texts = json_rows(kind, types).cte("texts")
    fixed = {
        "campaign_id": campaign_id,
        "status": "generated",
        "revision": revision,
        "generated_at": now,
        "written_at": now,
        "created_at": now,
        "updated_at": now,
    }
    values = (sa.literal(value, columns[name].type) for name, value in fixed.items())
    rows = kept(sa.select(*(texts.c[name] for name in names), *values), texts.c.customer_id)
    # Who was erased and came back is somebody new: what was known before is not to be kept.
    in_order = rows.where(Customer.created_at == texts.c.since).order_by(texts.c.customer_id)
    write = insert(kind, EmailDraft).from_select([*names, *fixed], in_order)
    times = ("generated_at", "written_at", "updated_at")
    renewed = ("subject", "body", "recommended_sku", "revision", *times)
    return write.on_conflict_do_update(
        index_elements=[EmailDraft.campaign_id, EmailDraft.customer_id],
        set_={name: write.excluded[name] for name in renewed},
        where=_is_renewable(now),
    )


def _is_renewable(now: datetime) -> Condition:
    """What a person has decided or put into words is not written anew."""
    return sa.and_(_is_open(now), EmailDraft.written_by.is_(None))


def _is_open(now: datetime) -> Condition:
    """Undecided, and not from later than `now`: there another call, or a person, knew more."""
    return sa.and_(EmailDraft.status == "generated", EmailDraft.written_at <= now)


def _strangers(
    session: Session, campaign_id: uuid.UUID, rule: Rule, now: datetime
) -> list[uuid.UUID]:
    """Who has an undecided draft, and does not match."""
    drafted = sa.select(EmailDraft.customer_id)
    undecided = drafted.where(EmailDraft.campaign_id == campaign_id, _is_open(now))
    # Neither NOT IN nor NOT EXISTS: PostgreSQL may go through all who match for each draft, of the
    # one when they outgrow work_mem, of the other before it has looked at new tables.
    query = sa.except_(undecided, _members(session, rule, now))
    return list(session.scalars(query, execution_options={"yield_per": 10_000}))


def _remove(
    session: Session, *, campaign_id: uuid.UUID, customer_ids: Sequence[uuid.UUID], now: datetime
) -> None:
    theirs = EmailDraft.campaign_id == campaign_id, EmailDraft.customer_id.in_(customer_ids)
    session.execute(
        sa.delete(EmailDraft).where(*theirs, _is_open(now)),
        execution_options={"synchronize_session": False},
    )


def _drafted_count(session: Session, campaign_id: uuid.UUID, rule: Rule, now: datetime) -> int:
    drafted = sa.select(EmailDraft.customer_id).where(EmailDraft.campaign_id == campaign_id)
    number = sa.select(sa.func.count()).select_from(Customer).where(Customer.id.in_(drafted))
    return session.scalars(where(session, number, matches(session, rule, now))).one()
