"""The request's body: read up to a limit, parsed exactly, whatever its Content-Type says."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from pipeline import exact_json
from pipeline.api.errors import TooLarge
from pipeline.errors import Invalid
from pipeline.events.incoming import as_object

LIMIT = 1024 * 1024
BATCH_LIMIT = 16 * LIMIT
MOST_EVENTS = 5_000

# Parsing more than this takes longer than handing it to another thread.
_QUICK = 64 * 1024


def _fields_up_to(limit: int) -> Callable[[Request], Awaitable[Mapping[str, object]]]:
    async def fields(request: Request) -> Mapping[str, object]:
        body = await _read(request, limit)
        return _parse(body) if len(body) <= _QUICK else await run_in_threadpool(_parse, body)

    return fields


#: The fields of the JSON object in the body; an array or a scalar has none.
Fields = Annotated[Mapping[str, object], Depends(_fields_up_to(LIMIT))]
BatchFields = Annotated[Mapping[str, object], Depends(_fields_up_to(BATCH_LIMIT))]


async def _read(request: Request, limit: int) -> bytes:
    with suppress(ValueError):  # a length that is no number promises nothing
        _check_size(int(request.headers.get("content-length", "0")), limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        _check_size(len(body), limit)
    return bytes(body)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"The request body must be at most {limit // LIMIT} MiB")


def _parse(body: bytes) -> Mapping[str, object]:
    try:
        value = exact_json.loads(body)
    except ValueError:
        value = None
    if value is None:
        raise Invalid("Invalid JSON body")
    return as_object(value)
