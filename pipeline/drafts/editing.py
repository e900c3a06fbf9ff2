"""Editing: a person puts their own words in place of the generator's, before the verdict."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.drafts.reviewing import SOMEBODY, change_draft, check_person
from pipeline.limits import check_body, check_subject
from pipeline.models import EmailDraft


def edit_draft(
    session: Session,
    campaign_id: uuid.UUID,
    draft_id: uuid.UUID,
    *,
    subject: object,
    body: object,
    seen: int | None = None,
    editor: str | None = None,
    now: datetime,
) -> EmailDraft:
    """Give an undecided draft another text, which generating drafts again leaves as it is.

    `seen` is the draft's revision that the editor began with. Raises Invalid for a text that cannot
    be, NotFound, Decided, and Changed when somebody else has changed the draft meanwhile.
    """
    fields = {
        "subject": check_subject(subject),
        "body": check_body(body),
        "updated_at": now,
        "written_at": now,
        "written_by": check_person(editor) or SOMEBODY,
    }
    return change_draft(session, campaign_id, draft_id, fields, seen=seen)
