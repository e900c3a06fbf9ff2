"""A change to one draft, and what is said when others were faster."""

from collections.abc import Callable

import pipeline
from pages.campaign import draft, notes
from pipeline import NotFound, PipelineError
from pipeline.database import default
from pipeline.drafts import Decided
from pipeline.models import EmailDraft


def carry_out(found: EmailDraft, change: Callable[..., EmailDraft]) -> PipelineError | None:
    """Make the change; why not, if it was refused, which is left to be said."""
    try:
        default().transact(lambda session: change(session, found.campaign_id, found.id))
    except Decided as decided:
        verdict = draft.verdict(decided, pipeline.utcnow())
        notes.leave("warning", f"{verdict} What you did came later and does not count.")
        return decided
    except NotFound as error:
        return error  # the run that follows finds that out, too
    except PipelineError as error:
        notes.leave("error", str(error))
        return error
    return None
