"""The API for people: its documents as a page, which asks no other server for anything."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from pipeline.api.errors import not_allowed
from pipeline.api.origins import READS

_PAGE, _FILES = "/docs", "/docs-files"


def add_to(api: FastAPI) -> None:
    """Serve the page, and what it consists of."""
    api.mount(_FILES, StaticFiles(packages=[("fastapi_offline", "static")]))
    api.add_route(_PAGE, _page, include_in_schema=False)


async def _page(request: Request) -> Response:
    root = request.scope["root_path"]
    files = f"{root}{_FILES}"
    return get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title="Pipeline: REST API",
        swagger_js_url=f"{files}/swagger-ui-bundle.js",
        swagger_css_url=f"{files}/swagger-ui.css",
        swagger_favicon_url=f"{files}/favicon.png",
    )


async def to_page(request: Request) -> Response:
    """From the API's own address, which people open in a browser, to the page."""
    if request.method not in READS:
        return not_allowed(READS)
    return RedirectResponse(f"{request.url.path}{_PAGE}")
