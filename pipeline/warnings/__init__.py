"""What makes a rule look like a mistake, though it is none to the language; it forbids nothing."""

from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.references import resolve
from pipeline.rules import Rule
from pipeline.warnings.forms import form_warnings
from pipeline.warnings.names import name_warnings
from pipeline.warnings.warning import RuleWarning
from pipeline.warnings.windows import window_warnings

__all__ = ["RuleWarning", "warnings"]


def warnings(session: Session, rule: Rule, *, now: datetime) -> list[RuleWarning]:
    """What looks like a mistake in a rule: its form, the names in it, its windows.

    Each sentence comes once, for the first node that it is true of. Raises Invalid for a reference
    to no segment.
    """
    rule = resolve(session, rule)
    found: dict[str, RuleWarning] = {}
    for each in (
        *form_warnings(rule),
        *name_warnings(session, rule),
        *window_warnings(session, rule, now),
    ):
        found.setdefault(each.sentence, each)
    return list(found.values())
