"""Exports: customers as CSV and as JSON, mails as CSV, in pieces, as they are asked for.

CSV is for spreadsheets: a text that one would take for a formula gets an apostrophe before it
(OWASP, "CSV injection"), and what is neither text nor number is JSON. JSON has all texts as they
are, and is the one for programs. Names are those of the REST API, moments RFC 3339 in UTC.
"""

from pipeline.exports.customer import customer_csv, customer_json
from pipeline.exports.lists import (
    CUSTOMER_COLUMNS,
    customers_csv,
    customers_json,
    members_csv,
    sends_csv,
)

__all__ = [
    "CUSTOMER_COLUMNS",
    "customer_csv",
    "customer_json",
    "customers_csv",
    "customers_json",
    "members_csv",
    "sends_csv",
]
