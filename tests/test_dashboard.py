"""The pages, and the servers that serve them with the API: started as the README starts them."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
from factories import approved_campaign, bought, buyers
from streamlit.testing.v1 import AppTest

from pipeline.database import Database

ROOT = Path(__file__).parent.parent


# ------------------------------------------------------------------------------------------- pages
def shown() -> AppTest:
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=30).run()
    assert list(page.exception) == []
    return page


def test_home_counts_what_is_in_the_pipeline(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    buyers(database, 1_000)
    bought(database, "c000@example.com")
    approved_campaign(database)
    page = shown()
    assert {metric.label: metric.value for metric in page.metric} == {
        "Customers": "1,000",
        "Events": "1,001",
        "Segments": "1",
        "Campaigns": "1",
    }
    assert list(page.error) == []


def test_home_of_an_empty_pipeline_says_how_to_reach_the_api() -> None:
    page = shown()
    assert [metric.value for metric in page.metric] == ["0"] * 4
    assert "[/api/docs](/api/docs)" in page.markdown[0].value
    assert page.code[0].value.startswith("curl http://localhost:8501/api/events ")


def test_a_database_that_is_down_is_one_sentence_on_the_page_until_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{in_the_way / 'pipeline.db'}")
    page = shown()
    (error,) = page.error
    assert error.value.startswith("The database at sqlite:///")
    assert error.value.endswith("start it or correct DATABASE_URL")
    assert list(page.metric) == []
    in_the_way.unlink()
    page.run()
    assert (list(page.error), len(page.metric)) == ([], 4)


# ----------------------------------------------------------------------------------------- servers
SERVERS = {
    "streamlit run": (
        "streamlit run dashboard.py --server.headless true --server.address 127.0.0.1 --server.port"
    ),
    "uvicorn": "uvicorn dashboard:app --port",
    "uvicorn, the API alone": "uvicorn pipeline.api:app --workers 2 --port",
}


@contextmanager
def serving(command: str, log: Path) -> Iterator[str]:
    """The address of a server that was started with this command and a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", *command.split(), str(port)]
    with log.open("w") as out, subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/api/health", server)
            yield address
        finally:
            server.terminate()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(url).close()
        except (HTTPError, TimeoutError):
            return
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


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
