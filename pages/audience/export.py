"""An audience as a file."""

from datetime import datetime
from io import BytesIO

from pipeline import Rule
from pipeline.database import default
from pipeline.exports import members_csv


def as_csv(rule: Rule, now: datetime) -> BytesIO:
    """All who match at `now`, as CSV."""
    file = BytesIO()
    with default().read() as session:
        file.writelines(line.encode() for line in members_csv(session, rule, now=now))
    return file
