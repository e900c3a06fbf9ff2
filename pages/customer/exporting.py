"""Customers as files: all that the filters leave, or all that is stored about one."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from io import BytesIO

import streamlit as st

from pages.parts import downloads
from pipeline.database import default
from pipeline.exports import customer_csv, customer_json, customers_csv, customers_json
from pipeline.reports.customers import CustomerFilter

_FORMS = {"CSV": "text/csv", "JSON": "application/json"}
_SPREADSHEET = (
    "CSV is for spreadsheets: a text that begins like a formula gets an apostrophe before it."
    " JSON has everything as it is stored."
)


def of_all(among: CustomerFilter, said: str, now: datetime) -> None:
    """Draw the menu that exports all whom the filters leave, not only this page."""
    with st.popover("Export", icon=":material/download:"):
        st.markdown(f"{said}, by e-mail, with their numbers.")
        exports = {"CSV": customers_csv, "JSON": customers_json}
        _buttons(
            {form: partial(each, among=among, now=now) for form, each in exports.items()},
            "customers",
        )


def of_one(customer_id: uuid.UUID) -> None:
    """Draw the menu that exports everything about one customer."""
    with st.popover("Export", icon=":material/download:"):
        st.markdown("Everything that is stored about this customer, for them to have.")
        exports = {"CSV": customer_csv, "JSON": customer_json}
        _buttons(
            {form: partial(each, customer_id=customer_id) for form, each in exports.items()},
            f"customer-{customer_id}",
        )


def _buttons(exports: dict[str, Callable[..., Iterator[str]]], name: str) -> None:
    with st.container(horizontal=True):
        for form, export in exports.items():
            st.download_button(
                form,
                partial(_written, export),  # not before it is asked for
                f"{name}.{form.lower()}",
                _FORMS[form],
                key=f"customers_export_{form}",
                on_click="ignore",
                icon=":material/table:" if form == "CSV" else ":material/data_object:",
            )
    st.caption(_SPREADSHEET)


def _written(export: Callable[..., Iterator[str]]) -> BytesIO:
    with default().read() as session:
        return downloads.in_memory(export(session))
