"""The REST call for an event, for a shell and for Python, to be copied and run as it stands."""

import shlex
from collections.abc import Mapping
from urllib.parse import urljoin

import streamlit as st

from pipeline import exact_json

# As JSON, which keeps numbers that Python's own floats do not. It never has three quotes in a row.
_PYTHON = '''\
from urllib import request

event = r"""
{event}
"""
call = request.Request(
    {address!r},
    event.encode(),
{header})
with request.urlopen(call) as answer:
    print(answer.read().decode())
'''


def show(fields: Mapping[str, object], key: str | None) -> None:
    """Draw the call that stores this event at the address at which the visitor is."""
    address = urljoin(st.context.url or "http://localhost:8501", "/api/events")
    in_shell, in_python = st.tabs(["curl", "Python"])
    in_shell.code(curl(address, fields, key), language="bash", wrap_lines=True)
    in_python.code(python(address, fields, key), language="python", wrap_lines=True)


def curl(address: str, fields: Mapping[str, object], key: str | None) -> str:
    """A command for a POSIX shell."""
    header = f"-H {shlex.quote(f'Idempotency-Key: {key}')} \\\n  " if key else ""
    event = shlex.quote(exact_json.indented(fields))
    return f"curl -d {event} \\\n  {header}{shlex.quote(address)}"


def python(address: str, fields: Mapping[str, object], key: str | None) -> str:
    """A program that needs nothing but Python."""
    return _PYTHON.format(
        event=exact_json.indented(fields),
        header=f"    {{'Idempotency-Key': {_key(key)}}},\n" if key else "",
        address=address,
    )


def _key(key: str) -> str:
    # As text, Python sends Latin-1 and refuses all else; the API reads UTF-8.
    return repr(key) if key.isascii() else f"{key!r}.encode()"
