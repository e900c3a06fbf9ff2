"""What tests of the REST API have in common: answers to compare, and requests of the rare sort."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Send

from pipeline.api import api as rest_api
from pipeline.api import app, parameters


class Like:
    """Equal to every text that matches."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.pattern.fullmatch(other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"Like({self.pattern.pattern!r})"


AN_ID = Like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
A_MOMENT = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: How the moment at which tests take place looks on the wire.
NOW_TEXT = "2026-06-15T12:00:00.000Z"

NOBODY = "7b0c8a52-4e0e-4f5e-9d43-0d9b9d4b4f0e"

#: Texts that are no UUID in canonical form, and one that is, of nothing.
NO_IDS = [
    NOBODY,
    "x",
    "1",
    "%00",
    "%ff",
    "%0a",
    "a%0d%0ab",
    "%2e%2e",
    "null",
    NOBODY.replace("-", ""),
    f"{{{NOBODY}}}",
    f"urn:uuid:{NOBODY}",
    NOBODY + "0",
    "\u0667b0c8a52-4e0e-4f5e-9d43-0d9b9d4b4f0e",
    "00000000-0000-0000-0000-000000000000",
]


def answer(response: Response) -> tuple[int, Any]:
    """Status and body; of a refusal the sentence, which is all there is in it."""
    if response.status_code == 204:
        assert response.content == b""
        return 204, None
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    if response.status_code < 400:
        return response.status_code, body
    assert list(body) == ["error"]
    return response.status_code, body["error"]


def stop_clock(moment: datetime) -> None:
    """From now on requests arrive at `moment`; the fixture `api` puts everything back."""

    async def clock() -> Callable[[], datetime]:
        return lambda: moment

    rest_api.dependency_overrides[parameters.clock] = clock


def post(api: TestClient, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    return answer(api.post(path, json=body, headers=headers))


def get(api: TestClient, path: str, **query: Any) -> tuple[int, Any]:
    return answer(api.get(path, params=query or None))


def post_text(api: TestClient, path: str, text: str | bytes) -> tuple[int, Any]:
    """Send a body as it is, JSON or not."""
    return answer(api.post(path, content=text))


def post_event(receive: Receive, headers: dict[bytes, bytes], send: Send | None = None) -> int:
    """The status of `POST /api/events` as a server hands it over, byte by byte."""
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/events", "query_string": b""}
    asyncio.run(app({**scope, "headers": list(headers.items())}, receive, send or keep))
    return int(sent[0]["status"])


def follow(api: TestClient, path: str, name: str, **query: Any) -> list[list[Any]]:
    """The rows called `name` of each page, following the cursors."""
    pages, cursor = [], ""
    while cursor is not None:
        _, page = get(api, path, **query, cursor=cursor)
        pages.append(page[name])
        cursor = page["nextCursor"]
    return pages
