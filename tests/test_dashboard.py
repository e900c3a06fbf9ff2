"""The servers that serve the pages with the API: started as the README starts them."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from servers import STREAMLIT, serving

SERVERS = {
    "streamlit run": STREAMLIT,
    "uvicorn": "uvicorn dashboard:app --port",
    "uvicorn, the API alone": "uvicorn pipeline.api:app --workers 2 --port",
}


def fetch(url: str, body: Any = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data)) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("name", SERVERS)
def test_the_server_serves_the_api_and_but_for_one_the_pages(name: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(SERVERS[name], log) as address:
        health = '{"status":"ok","database":"sqlite"}'
        assert fetch(f"{address}/api/health") == (200, health)
        event = {"email": "ada@example.com", "type": "purchase"}
        assert fetch(f"{address}/api/events", event)[0] == 201
        assert '"ada@example.com"' in fetch(f"{address}/api/customers")[1]
        # Paths at which Streamlit's own middleware would have taken offence.
        for odd in ("%00", "%0a", "%2e%2e", "C:", "%5c%5cserver"):
            not_found = (404, '{"error":"Customer not found"}')
            assert fetch(f"{address}/api/customers/{odd}") == not_found
        assert "/api/openapi.json" in fetch(f"{address}/api/docs")[1]
        not_allowed = (405, '{"error":"Method not allowed; expected GET, HEAD"}')
        assert fetch(f"{address}/api", {}) == not_allowed
        pages = (404, False) if "alone" in name else (200, True)
        status, page = fetch(f"{address}/")
        assert (status, "Streamlit" in page) == pages
    assert "Traceback" not in log.read_text()


def test_a_server_starts_while_its_database_is_down_and_says_so_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:hunter2@127.0.0.1:1/pipeline")
    log = tmp_path / "log"
    with serving(SERVERS["streamlit run"], log) as address:
        status, answer = fetch(f"{address}/api/customers")
        assert status == 503
        assert answer.startswith('{"error":"The database at postgresql://ada:***@127.0.0.1:1/')
        assert fetch(f"{address}/")[0] == 200
    said = log.read_text()
    assert "GET '/api/customers': The database at postgresql://ada:***@127.0.0.1:1/" in said
    assert "Traceback" not in said
    assert "hunter2" not in said
