"""An audience as a file."""

from datetime import datetime
from io import BytesIO

from pages.parts import downloads
from pipeline import Rule
from pipeline.database import default
from pipeline.exports import members_csv


def as_csv(rule: Rule, now: datetime) -> BytesIO:
    """All who match at `now`, as CSV."""
    with default().read() as session:
        return downloads.in_memory(members_csv(session, rule, now=now))
