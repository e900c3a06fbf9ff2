"""The frame: one server for the pages at / and the REST API at /api.

`streamlit run dashboard.py`, or `uvicorn dashboard:app`.
"""

import streamlit as st
from starlette.applications import Starlette
from starlette.routing import Mount

from pipeline import DatabaseError
from pipeline.api import mount


def show() -> None:
    """The page that the visitor is on, or why it cannot be shown."""
    st.set_page_config(page_title="Pipeline")
    page = st.navigation([st.Page("pages/home.py", title="Home")])
    try:
        page.run()
    except DatabaseError as error:
        st.error(str(error))


if __name__ == "__main__":  # Streamlit executes this file for each visit and click,
    show()
else:  # and the server imports it, once.
    pages = st.App(__file__)
    # Beside Streamlit, not inside: there, a path with `..` or NUL in it never gets to the API.
    app = Starlette(routes=[mount, Mount("/", pages)], lifespan=pages.lifespan())
