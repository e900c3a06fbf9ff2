"""The REST calls that the form shows: copied and run, they store what the form says."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers import serving

from pages.event.rest_calls import curl, python
from pipeline import exact_json

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl, the program")

SERVER = "uvicorn pipeline.api:app --port"
EVENT: dict[str, object] = {
    "email": "o'hara@example.com",
    "type": 'a "type" with $(echo x) `echo y` \\ and ключ',
    "properties": {"sku": "MUG'01", "amount": Decimal("8.5"), "on": True, "none": None, "a": [{}]},
    "occurredAt": "2026-06-15T14:03:00+02:00",
}
KEY = "it's $HOME ключ"


def commands(address: str, fields: dict[str, object], key: str | None) -> dict[str, Sequence[str]]:
    url = f"{address}/api/events"
    return {
        "sh": ["sh", "-c", curl(url, fields, key)],
        "python": [sys.executable, "-c", python(url, fields, key)],
    }


def answer(command: Sequence[str]) -> Any:
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return exact_json.loads(done.stdout)


@needs_curl
def test_both_calls_store_the_event_that_they_show(tmp_path: Path) -> None:
    with serving(SERVER, tmp_path / "log") as address:
        calls = commands(address, EVENT, KEY)
        first, second = answer(calls["sh"]), answer(calls["python"])
        assert first == {**second, "created": True}
        assert second["created"] is False
        customer = answer(["curl", "-s", f"{address}/api/customers/{first['customerId']}"])
        (event,) = customer["events"]
        assert {name: event[name] for name in ("type", "properties", "idempotencyKey")} == {
            "type": EVENT["type"],
            "properties": {"sku": "MUG'01", "amount": 8.5, "on": True, "none": None, "a": [{}]},
            "idempotencyKey": KEY,
        }
        assert event["occurredAt"] == "2026-06-15T12:03:00.000Z"
        without_key = commands(address, EVENT, None)
        assert all(answer(command)["created"] for command in without_key.values())


@needs_curl
def test_both_calls_send_texts_and_numbers_to_the_last_character(tmp_path: Path) -> None:
    properties = {
        "amount": Decimal("0.1234567890123456789"),
        "quotes": ["", "'''", '"""', "\\", "\\n", "\n\r\x85\u2028"],
    }
    with serving(SERVER, tmp_path / "log") as address:
        calls = commands(address, EVENT | {"properties": properties}, None)
        (customer,) = {answer(command)["customerId"] for command in calls.values()}
        found = answer(["curl", "-s", f"{address}/api/customers/{customer}"])["events"]
    assert [event["properties"] for event in found] == [properties, properties]
