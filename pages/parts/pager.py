"""Pages of a list: which one is chosen, and a search that begins at the first."""

import math

import streamlit as st


def begin(key: str) -> None:
    """Go back to the first page; for callbacks."""
    st.session_state[key] = 1


def offset(rows: int, size: int, key: str, bind: str | None = "query-params") -> int:
    """Draw the choice of a page, if there is any; how many rows come before the chosen one."""
    pages = math.ceil(rows / size)
    if pages < 2:
        return 0
    return (st.pagination(pages, key=key, bind=bind) - 1) * size


def search(label: str, key: str, page: str, longest: int, placeholder: str | None = None) -> str:
    """Draw a field to search the list in, whose choice of a page has the key `page`."""
    return st.text_input(
        label,
        placeholder=placeholder,
        max_chars=longest,
        type="search",
        live="300ms",
        key=key,
        on_change=begin,
        args=(page,),
        bind="query-params",
    )
