"""The frame: one server for the pages at / and the REST API at /api.

`streamlit run dashboard.py`, or `uvicorn dashboard:app`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Mount
from streamlit.runtime.pages_manager import PagesManager

from pages.parts import brand, errors
from pipeline.api import lifespan, routes


def show() -> None:
    """The page that the visitor is on, or why it cannot be shown."""
    brand.show()
    pages = [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/ingest.py", title="Ingest", icon=":material/upload:"),
        st.Page("pages/customers.py", title="Customers", icon=":material/group:"),
        st.Page("pages/segments.py", title="Segments", icon=":material/filter_alt:"),
        st.Page("pages/campaigns.py", title="Campaigns", icon=":material/mail:"),
    ]
    page = st.navigation(pages, position="hidden")
    # Its own entries keep the address on their own page: from a customer none leads to the list.
    for each in pages:
        st.sidebar.page_link(each)
    st.set_page_config(page_title=f"{page.title} · Pipeline")
    with errors.shown():
        page.run()


if __name__ == "__main__":  # Streamlit executes this file for each visit and click,
    show()
else:  # and the server imports it, once.
    # Else Streamlit serves the files in pages/ without this frame until someone opens Home.
    PagesManager.uses_pages_directory = False
    screens = st.App(__file__)
    of_screens = screens.lifespan()

    @asynccontextmanager
    async def of_both(server: Starlette) -> AsyncIterator[None]:
        """What the server does from its start to its end."""
        async with lifespan(server), of_screens(server):
            yield

    # Beside Streamlit, not inside: there, a path with `..` or NUL in it never gets to the API.
    app = Starlette(routes=[*routes, Mount("/", screens)], lifespan=of_both)
