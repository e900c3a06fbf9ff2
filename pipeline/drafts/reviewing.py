"""Verdicts: approved or rejected, once, by one person."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pipeline.campaigns import next_revision
from pipeline.drafts.finding import ALL, DraftFilter
from pipeline.errors import Conflict, Invalid, NotFound, PipelineError
from pipeline.limits import NAME_LENGTH, optional
from pipeline.models import Customer, EmailDraft
from pipeline.rules import Condition

#: What a person can decide; the only change a draft's status can make is from "generated" to these.
VERDICTS = ("approved", "rejected")

#: What a person is called who gave no name.
SOMEBODY = "Somebody"


class Decided(Conflict):
    """Somebody was faster: the draft has its verdict already."""

    def __init__(self, draft: EmailDraft) -> None:
        super().__init__(f'Cannot transition draft from status "{draft.status}"')
        self.status = draft.status
        self.reviewed_by = draft.reviewed_by
        self.reviewed_at = draft.reviewed_at


class Changed(Conflict):
    """The text is another than the one that was seen."""

    def __init__(self) -> None:
        super().__init__("The draft has been written anew meanwhile; read it once more")


def review_draft(
    session: Session,
    campaign_id: uuid.UUID,
    draft_id: uuid.UUID,
    verdict: object,
    *,
    seen: int | None = None,
    reviewer: str | None = None,
    now: datetime,
) -> EmailDraft:
    """Approve or reject a draft, once: of two reviewers the second gets a Conflict, Decided.

    `seen` is the draft's revision that the reviewer has read; when it has another by now that is a
    Conflict, too: Changed. Raises Invalid for another verdict, NotFound for a draft that this
    campaign does not have.
    """
    fields = _verdict(verdict, reviewer, now)
    return change_draft(session, campaign_id, draft_id, fields, seen=seen)


def change_draft(
    session: Session,
    campaign_id: uuid.UUID,
    draft_id: uuid.UUID,
    fields: dict[str, Any],
    *,
    seen: int | None,
) -> EmailDraft:
    """Change an undecided draft; raises NotFound, Decided and Changed."""
    theirs = EmailDraft.campaign_id == campaign_id, EmailDraft.id == draft_id
    try:
        revision = next_revision(session, campaign_id)
    except NotFound:
        raise NotFound("Draft") from None
    change = sa.update(EmailDraft).where(*theirs, EmailDraft.status == "generated")
    if seen is not None:
        change = change.where(EmailDraft.revision == seen)
    change = change.values(**fields, revision=revision)
    draft = session.scalars(change.returning(EmailDraft)).one_or_none()
    if draft is None:
        raise _refusal(session.scalars(sa.select(EmailDraft).where(*theirs)).one_or_none())
    return draft


def _refusal(found: EmailDraft | None) -> PipelineError:
    if found is None:
        return NotFound("Draft")
    return Changed() if found.status == "generated" else Decided(found)


def review_rest(
    session: Session,
    campaign_id: uuid.UUID,
    verdict: object,
    *,
    among: DraftFilter = ALL,
    seen: int | None = None,
    reviewer: str | None = None,
    limit: int | None = None,
    now: datetime,
) -> int:
    """Approve or reject the undecided drafts among those meant, in one go; returns how many.

    All, or the first `limit` by e-mail. `seen` is the campaign's revision when the reviewer saw
    them: drafts that were written or changed after it are left alone. Raises NotFound, and Invalid
    for another verdict.
    """
    revision = next_revision(session, campaign_id)
    undecided = [
        EmailDraft.campaign_id == campaign_id,
        EmailDraft.status == "generated",
        *among.where(),
    ]
    if seen is not None:
        undecided.append(EmailDraft.revision <= seen)
    if limit is not None:
        undecided.append(EmailDraft.customer_id.in_(_first(limit, undecided)))
    change = (
        sa.update(EmailDraft)
        .where(*undecided)
        .values(**_verdict(verdict, reviewer, now), revision=revision)
    )
    done = session.execute(change, execution_options={"synchronize_session": False})
    return cast(sa.CursorResult[Any], done).rowcount


def _first(limit: int, where: Sequence[Condition]) -> sa.Select[uuid.UUID]:
    drafts = sa.select(EmailDraft.customer_id).join(Customer, Customer.id == EmailDraft.customer_id)
    # To SQLite a negative limit is none: what a subtraction left would approve all there are.
    return drafts.where(*where).order_by(Customer.email).limit(max(limit, 0))


def check_verdict(verdict: object) -> str:
    """`verdict`, if it is one; else Invalid."""
    if verdict not in VERDICTS:
        raise Invalid(f"status must be one of: {', '.join(VERDICTS)}")
    return str(verdict)


def check_person(name: str | None) -> str | None:
    """The trimmed name of a person; None for a blank one; raises Invalid for too long a one."""
    return optional(name, "name", NAME_LENGTH)


def _verdict(verdict: object, reviewer: str | None, now: datetime) -> dict[str, Any]:
    return {
        "status": check_verdict(verdict),
        "updated_at": now,
        "reviewed_at": now,
        "reviewed_by": check_person(reviewer),
    }
