import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from factories import BUYERS
from rest import NOBODY, answer, get, post, post_event, post_text
from starlette.testclient import TestClient
from starlette.types import Message

from pipeline.api import app, customers
from pipeline.database import Database, connect

only_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

#: A request to each endpoint that takes a body, and what it answers to an empty object.
BODIES = {
    ("POST", "/api/events"): "Email is required",
    ("POST", "/api/events/batch"): "events must be an array",
    ("POST", "/api/segments"): "Segment name is required",
    ("PUT", f"/api/segments/{NOBODY}"): "Segment name is required",
    ("POST", "/api/segments/preview"): "Definition must be a JSON object",
    ("POST", "/api/smart-generate/segment"): "Prompt is required",
    ("POST", "/api/smart-draft/email"): "customerEmail is required",
    ("POST", "/api/campaigns"): "Campaign name is required",
    ("PATCH", f"/api/campaigns/{NOBODY}/drafts/{NOBODY}"): (
        "status must be one of: approved, rejected"
    ),
}
#: Requests to all endpoints that change something, but those for events.
CHANGES = [
    *((method, path) for method, path in BODIES if not path.startswith("/api/events")),
    *(("DELETE", f"/api/{noun}/{NOBODY}") for noun in ("customers", "segments")),
    *(("POST", f"/api/campaigns/{NOBODY}/{step}") for step in ("generate-drafts", "send")),
]


# ----------------------------------------------------------------------------------------- origins
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Origin": "https://shop.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "http://testserver.shop.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind-a-proxy.example"},
    {"Origin": "http://testserver"},
]


@only_sqlite
@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_changes_nothing(api: TestClient, headers: dict[str, str]) -> None:
    for method, path in CHANGES:
        found = answer(api.request(method, path, content=b"{}", headers=headers))
        assert found == (403, "A page of another site can send events, and nothing else")


@only_sqlite
@pytest.mark.parametrize("headers", OWN)
def test_the_own_pages_and_programs_do(api: TestClient, headers: dict[str, str]) -> None:
    for method, path in CHANGES:
        response = api.request(method, path, content=b"{}", headers=headers)
        assert response.status_code in (400, 404)


@only_sqlite
@pytest.mark.parametrize("headers", FOREIGN)
def test_any_page_may_send_events_and_ask(api: TestClient, headers: dict[str, str]) -> None:
    event = {"email": "ada@example.com", "type": "login"}
    assert api.post("/api/events", json=event, headers=headers).status_code == 201
    batch = {"events": [event]}
    assert api.post("/api/events/batch", json=batch, headers=headers).status_code == 200
    assert api.get("/api/health", headers=headers).status_code == 200


# -------------------------------------------------------------------------------------------- body
@only_sqlite
def test_a_body_that_is_no_json_is_refused_by_every_endpoint(api: TestClient) -> None:
    bodies = [
        b"",
        b" ",
        b"null",
        b" null\n",
        b"nul",
        b"{",
        b"{'email': 1}",
        b"[1,]",
        b"email=ada%40example.com",
        b"\xff\xfe",
        b'"\xc3"',
        b"\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ]
    for method, path in BODIES:
        for body in bodies:
            found = answer(api.request(method, path, content=body))
            assert (path, body[:40], *found) == (path, body[:40], 400, "Invalid JSON body")


@only_sqlite
def test_an_array_or_a_scalar_counts_as_an_object_without_fields(api: TestClient) -> None:
    for (method, path), sentence in BODIES.items():
        for body in [
            "{}",
            "[]",
            "[null]",
            "0",
            "-1.5",
            "1e99999999999999999999",
            "true",
            '""',
            '"x"',
            "NaN",
        ]:
            found = answer(api.request(method, path, content=body))
            assert (path, body, *found) == (path, body, 400, sentence)


@only_sqlite
def test_the_content_type_is_not_enforced(api: TestClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "x", "multipart/a"):
        response = api.post(
            "/api/smart-generate/segment",
            content='{"prompt": "purchase"}',
            headers={"Content-Type": content_type},
        )
        assert answer(response) == (200, {"definition": BUYERS})


@only_sqlite
def test_every_endpoint_refuses_a_body_of_more_than_its_limit(api: TestClient) -> None:
    for method, path in BODIES:
        limit = 16 if path.endswith("batch") else 1
        response = api.request(method, path, content=b" " * (limit * 1024 * 1024 + 1))
        assert answer(response) == (413, f"The request body must be at most {limit} MiB")


# ------------------------------------------------------------------------------------------ routes
@only_sqlite
@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/event",
        "/api/events/",
        "/api/customers/",
        f"/api/customers/{NOBODY}/",
        "/api/api/events",
        "/api/Events",
        "/api/campaigns/a/b",
        "/api/customers/a%2fb",
        "/api/redoc",
    ],
)
def test_an_unknown_path_is_not_found(api: TestClient, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        found = answer(api.request(method, path, follow_redirects=False))
        assert found == (404, "Not found; /api/docs lists what there is")


@only_sqlite
@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/events", "POST"),
        ("/api/events/batch", "POST"),
        ("/api/customers", "GET"),
        (f"/api/customers/{NOBODY}", "DELETE, GET"),
        ("/api/segments", "GET, POST"),
        (f"/api/segments/{NOBODY}", "DELETE, GET, PUT"),
        (f"/api/segments/{NOBODY}/preview", "GET"),
        (f"/api/campaigns/{NOBODY}/send", "POST"),
        (f"/api/campaigns/{NOBODY}/drafts/{NOBODY}", "PATCH"),
        ("/api/health", "GET"),
        ("/api", "GET, HEAD"),
        ("/api/docs", "GET, HEAD"),
        ("/api/docs-files/swagger-ui.css", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_not_allowed_and_the_right_ones_are_named(
    api: TestClient, path: str, methods: str
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(methods.split(", ")):
        response = api.request(method, path, content=b"{")
        assert answer(response) == (405, f"Method not allowed; expected {methods}")
        assert response.headers["allow"] == methods


# ------------------------------------------------------------------------------------------ health
def test_health_names_the_kind_of_database(api: TestClient, kind: str) -> None:
    assert get(api, "/api/health") == (200, {"status": "ok", "database": kind})


@pytest.fixture
def unprepared() -> Iterator[TestClient]:
    """The API as a server starts it, on the database of the settings."""
    with TestClient(app) as client:
        yield client


def test_a_database_that_is_down_at_the_start_is_said_and_it_recovers(
    unprepared: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{in_the_way / 'pipeline.db'}")
    for path in ("/api/health", "/api/customers", f"/api/campaigns/{NOBODY}"):
        status, sentence = get(unprepared, path)
        assert (status, sentence[:23]) == (503, "The database at sqlite:")
        assert sentence.endswith("; start it or correct DATABASE_URL")
    assert unprepared.get("/api/health", headers={"Host": "["}).status_code == 503
    assert post(unprepared, "/api/smart-generate/segment", {"prompt": "purchase"})[0] == 200
    in_the_way.unlink()
    assert get(unprepared, "/api/health") == (200, {"status": "ok", "database": "sqlite"})


@only_sqlite
def test_a_file_that_is_taken_away_is_said_and_takes_no_more_events(
    api: TestClient, database: Database, tmp_path: Path
) -> None:
    event = {"email": "ada@example.com", "type": "purchase"}
    assert post(api, "/api/events", event)[0] == 201
    file, away = Path(str(database.engine.url.database)), tmp_path / "away.db"
    file.rename(away)
    for path in ("/api/health", "/api/customers"):
        status, sentence = get(api, path)
        assert (status, "(unable to open database file)" in sentence) == (503, True)
    assert post(api, "/api/events", event)[0] == 503
    assert not file.exists()
    away.rename(file)
    assert get(api, "/api/health") == (200, {"status": "ok", "database": "sqlite"})
    assert [row["eventCount"] for row in get(api, "/api/customers")[1]["customers"]] == [1]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_server_that_goes_away_is_said_without_the_password_and_it_recovers(
    unprepared: TestClient,
    database_url: str,
    postgresql_server: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = sa.make_url(database_url)
    secret = url.set(password="hunter2").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", secret)
    allow = _switch(postgresql_server, str(url.database))
    healthy = (200, {"status": "ok", "database": "postgresql"})
    allow(False)
    for _ in range(2):  # at the start, and then while it runs
        for path in ("/api/health", "/api/segments"):
            status, sentence = get(unprepared, path)
            assert (status, "***" in sentence) == (503, True)
        event = {"email": "ada@example.com", "type": "purchase"}
        assert post(unprepared, "/api/events", event)[0] == 503
        allow(True)
        assert get(unprepared, "/api/health") == healthy
        assert get(unprepared, "/api/customers")[1]["customers"] == []
        allow(False)
    assert "hunter2" not in caplog.text
    assert [record.exc_info for record in caplog.records] == [None] * len(caplog.records)


def _switch(server: str, name: str) -> Callable[[bool], None]:
    """What lets connections to a database in, or cuts them off."""
    url = sa.make_url(server).set(drivername="postgresql+psycopg2")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    kick = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")

    def allow(yes: bool) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}")
            connection.execute(kick, {"name": name})

    return allow


# ------------------------------------------------------------------------------------------ faults
@only_sqlite
def test_a_fault_of_ours_is_logged_once_and_tells_nothing(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(customers, "list_customers", fail)
    assert get(api, "/api/customers") == (500, "Internal server error")
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "GET '/api/customers' failed"
    assert record.exc_info is not None
    monkeypatch.undo()
    assert get(api, "/api/customers")[0] == 200


@only_sqlite
def test_a_refusal_is_not_logged(api: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/api/customers/x", "/api/customers?limit=0", "/api/nothing"):
        assert get(api, path)[0] in {400, 404}
    assert post_text(api, "/api/events", "{")[0] == 400
    assert caplog.records == []


@only_sqlite
def test_a_client_that_goes_away_while_it_sends_is_no_fault(
    api: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    assert post_event(receive, {}) == 400
    assert caplog.records == []


@only_sqlite
def test_a_client_that_goes_away_while_it_is_answered_is_the_servers_matter(
    api: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    async def send(_: Message) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        post_event(receive, {}, send)
    assert caplog.records == []


def test_the_database_of_the_settings_is_used_unless_told_otherwise(
    database: Database, unprepared: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    assert post(unprepared, "/api/events", {"email": "ada@b.co", "type": "purchase"})[0] == 201
    again = connect(url)
    with again.read() as session:
        assert session.scalars(sa.text("SELECT email FROM customers")).all() == ["ada@b.co"]
    again.close()
