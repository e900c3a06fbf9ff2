"""Requests that a page of another site makes its visitor's browser send.

Any page may send some, though not read what is answered, and nobody has to log in here. They are
told apart as Go's `http.CrossOriginProtection` does (https://pkg.go.dev/net/http).
"""

from starlette.datastructures import Headers
from starlette.requests import Request

from pipeline.errors import PipelineError

#: The methods of what is only looked at.
READS = ("GET", "HEAD")


class Foreign(PipelineError):
    """A page of another site asks for what only this one's may."""


async def own_pages(request: Request) -> None:
    """Raise Foreign for a request that changes something, sent by a page of another site.

    What no browser sends says nothing of pages, and passes.
    """
    if request.method not in READS and _is_foreign(request.headers):
        raise Foreign("A page of another site can send events, and nothing else")


def _is_foreign(headers: Headers) -> bool:
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    # Browsers leave that one out where there is neither HTTPS nor localhost.
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")
