"""A search by name."""

from typing import Any

import sqlalchemy as sa

from pipeline.limits import NAME_LENGTH, check_text
from pipeline.sql import in_any_case


def named(name: Any, search: str) -> sa.ColumnElement[bool]:
    """Whether a column of names has `search` in it, whatever the case of its letters.

    PostgreSQL knows the case as its locale does, SQLite that of ASCII letters only. Raises Invalid
    for a search that cannot be.
    """
    term = check_text(search.strip(), "search", NAME_LENGTH)
    return in_any_case(name).icontains(term, autoescape=True)
