"""The REST API, and the only place that knows HTTP.

`routes` serve it at /api beside the pages; `app` serves the same URLs without them:
`uvicorn pipeline.api:app --workers 4`.
"""

import gc
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPMethod
from typing import Any

from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from pipeline.api import browsing, campaigns, customers, events, segments, service, smart
from pipeline.api.document import complete, refuses
from pipeline.api.errors import HANDLERS, Unexpected
from pipeline.api.origins import own_pages

__all__ = ["api", "app", "lifespan", "routes"]

_PREFIX = "/api"


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        return complete(super().openapi())


api = _Api(
    title="Pipeline",
    summary="Customer intelligence: Events → Profiles → Segments → Campaigns",
    version="1",
    servers=[{"url": _PREFIX}],
    docs_url=None,
    redoc_url=None,
    redirect_slashes=False,
    generate_unique_id_function=lambda route: route.name,
    exception_handlers=HANDLERS,
)
api.add_middleware(Unexpected)
api.include_router(events.router)  # which pages of any site may send
for noun in (customers, segments, smart, campaigns, service):
    api.include_router(noun.router, dependencies=[Depends(own_pages)], responses=refuses(403))
browsing.add_to(api)

_mount = Mount(_PREFIX, api)
# As it was, but for line breaks: a path that has one is the API's to refuse as well.
_mount.path_regex = re.compile(_mount.path_regex.pattern, re.DOTALL)
routes = [Route(_PREFIX, browsing.to_page, methods=[*HTTPMethod]), _mount]


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """What a server of the API does from its start to its end."""
    # What was imported stays. To look through it for garbage, again and again, takes 50 ms, in
    # which nobody is answered.
    gc.freeze()
    yield
    gc.unfreeze()


app = Starlette(routes=routes, lifespan=lifespan)
