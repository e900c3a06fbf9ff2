"""`POST /api/events` and its batch route over keep-alive connections, by wrk.

For the API alone and beside the pages: events a second, and the latency of a request.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.databases import both, empty
from tests.servers import STREAMLIT, serving

SECONDS = 5
BATCH = 1_000
SERVERS = {
    "API alone": "uvicorn pipeline.api:app --log-level error --no-access-log --port",
    "with pages": STREAMLIT,
}
#: name: path, events in a request, connections
CASES = {
    "1 client": ("/api/events", 1, 1),
    "16 clients": ("/api/events", 1, 16),
    f"batches of {BATCH:,}": ("/api/events/batch", BATCH, 1),
}
_SCRIPT = """
local n = 0
local function event()
    n = n + 1
    local format = '{"email":"c%d@example.com","type":"page_view","properties":{"path":"/%d"}}'
    return string.format(format, n * 7919 % 20000, n % 50)
end
function request()
    local events = {}
    for i = 1, SIZE do events[i] = event() end
    local body = table.concat(events, ",")
    if SIZE > 1 then body = '{"events":[' .. body .. ']}' end
    return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
end
"""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def run(runs: int) -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not there: the benchmark needs it (Debian: apt-get install wrk)")
    with both() as urls:
        for kind, url in urls.items():
            for server in SERVERS:
                for case in CASES:
                    print(
                        f"{kind:<11} {server:<11} {_figures(url, server, case, runs)}", flush=True
                    )


def _figures(url: str, server: str, case: str, runs: int) -> str:
    path, size, clients = CASES[case]
    found = []
    for _ in range(runs):
        empty(url).close()
        with serving(SERVERS[server], Path(os.devnull), {"DATABASE_URL": url}) as address:
            _ask(f"{address}{path}", size, clients, seconds=1)
            found.append(_ask(f"{address}{path}", size, clients, seconds=SECONDS))
    rate, half, most = (statistics.median(column) for column in zip(*found, strict=True))
    return (
        f"{case:<16} {rate * size:>7,.0f} events/s   p50 {half:>6.2f} ms   p99 {most:>6.2f} ms"
        f"   (median of {runs} runs of {SECONDS} s)"
    )


def _ask(url: str, size: int, clients: int, *, seconds: int) -> tuple[float, float, float]:
    """Requests a second, and the median and 99th percentile of the latency (ms)."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"SIZE = {size}\n{_SCRIPT}")
        script.flush()
        command = [
            "wrk",
            f"-c{clients}",
            "-t1",
            f"-d{seconds}s",
            "--latency",
            "-s",
            script.name,
            url,
        ]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate, said
    return float(rate[1]), _percentile(said, 50), _percentile(said, 99)


def _percentile(said: str, percent: int) -> float:
    found = re.search(rf"\b{percent}%\s+([\d.]+)(us|ms|s)", said)
    assert found, said
    return float(found[1]) * _UNITS[found[2]]
