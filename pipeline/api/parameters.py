"""What routes ask for beside the body: the database, the clock, ids, pages, keys."""

import asyncio
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header, Path, Query
from pydantic import BeforeValidator, WithJsonSchema
from starlette.concurrency import run_in_threadpool

from pipeline.clock import utcnow
from pipeline.database import Database, default, is_connected
from pipeline.events.sharing import SharedTransactions
from pipeline.ids import id_of
from pipeline.limits import KEY_LENGTH, required
from pipeline.paging import DEFAULT_PAGE, LARGEST_PAGE, check_limit

_NOBODY = uuid.UUID(int=0)


# Asynchronous, all of them: the framework hands others to a thread each, and waits.
async def database() -> Database:
    """The database of the settings, connected at first use and tried anew while it is down."""
    if is_connected():
        return default()
    return await run_in_threadpool(default)  # connecting blocks


async def clock() -> Callable[[], datetime]:
    """What tells the time."""
    return utcnow


Db = Annotated[Database, Depends(database)]


async def shared(database: Db) -> SharedTransactions:
    """The transactions that callers of this moment share."""
    return _shared(database, asyncio.get_running_loop())


@lru_cache(maxsize=1)
def _shared(database: Database, _loop: asyncio.AbstractEventLoop) -> SharedTransactions:
    return SharedTransactions(database)


Shared = Annotated[SharedTransactions, Depends(shared)]
Clock = Annotated[Callable[[], datetime], Depends(clock)]


def known_id(text: str) -> uuid.UUID:
    """The id that `text` is in canonical form, else the nil UUID.

    The nil UUID is nobody's, so a malformed id meets the same checks and sentences, in the same
    order, as an unknown one.
    """
    return id_of(text) or _NOBODY


def required_id(fields: Mapping[str, object], name: str) -> uuid.UUID:
    """The id in a field of the body, as `known_id` has it; raises Invalid where there is none."""
    return known_id(required(fields.get(name), name))


def _page_size(text: str) -> int:
    return check_limit(int(text) if re.fullmatch("[0-9]{1,9}", text) else 0)


def _as_sent(header: str) -> str:
    # Headers arrive as Latin-1; a key in UTF-8 is to equal the same key in a batch's JSON.
    raw = header.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return header


_KnownId = Annotated[
    uuid.UUID, BeforeValidator(known_id), WithJsonSchema({"type": "string", "format": "uuid"})
]
Id = Annotated[_KnownId, Path(alias="id")]
DraftId = Annotated[_KnownId, Path(alias="draftId")]
Search = Annotated[str, Query(description="Part of an e-mail address, in any case of letters")]
Limit = Annotated[
    int,
    BeforeValidator(_page_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}),
    Query(description=f"Rows a page; {DEFAULT_PAGE} unless told"),
]
Cursor = Annotated[str | None, Query(description="The `nextCursor` of the page before")]
IdempotencyKey = Annotated[
    str | None,
    BeforeValidator(_as_sent),
    WithJsonSchema({"type": "string", "maxLength": KEY_LENGTH}),
    Header(
        alias="Idempotency-Key",
        description="Of several events of a customer with one key, the first is stored",
    ),
]
