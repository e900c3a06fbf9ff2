"""What goes wrong, as an answer: a table from error class to status, one sentence in the body."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.api.answer import Answer
from pipeline.api.origins import READS, Foreign
from pipeline.errors import (
    Conflict,
    DatabaseError,
    Invalid,
    NotFound,
    PipelineError,
    ProviderError,
    SettingError,
    TooSlow,
)


class TooLarge(PipelineError):
    """The request is longer than its limit."""


STATUS: dict[type[Exception], int] = {
    Invalid: 400,
    Foreign: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    ProviderError: 502,
    DatabaseError: 503,
    SettingError: 503,
    TooSlow: 503,
}

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]

_log = logging.getLogger(__name__)


async def _refused(request: Request, error: Exception) -> Answer:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == 503:
        _log.error("%s %r: %s", request.method, request.scope["path"], error)
    return _answer(str(error), status)


async def _unrouted(request: Request, error: Exception) -> Answer:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return not_allowed(_methods(request))
    return _answer("Not found; /api/docs lists what there is", 404)


def not_allowed(methods: Sequence[str]) -> Answer:
    """The refusal of a method where there are only these."""
    allowed = ", ".join(methods)
    return _answer(f"Method not allowed; expected {allowed}", 405, {"Allow": allowed})


async def _gone(_request: Request, _error: Exception) -> Answer:
    return _answer("The request ended before its body did", 400)  # nobody reads it


HANDLERS: dict[int | type[Exception], Handler] = {
    **dict.fromkeys(STATUS, _refused),
    HTTPException: _unrouted,
    ClientDisconnect: _gone,
}


def _methods(request: Request) -> Sequence[str]:
    # The framework names those of the first route that fits; the path may have several.
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    routes = iter_route_contexts(request.app.routes)
    found = {m for r in routes if r.path_regex.match(path) for m in r.methods or ()}
    return sorted(found) or READS  # files have none


def _answer(sentence: str, status: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer({"error": sentence}, status, headers)


class Unexpected:
    """Answers 500 to whatever no table foresees, and logs it here and nowhere else.

    The framework's own handler answers, and raises again for each server around it to log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if started or scope["type"] != "http":
                raise
            _log.exception("%s %r failed", scope["method"], scope["path"])
            await _answer("Internal server error", 500)(scope, receive, send)
