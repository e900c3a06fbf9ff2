"""`POST /api/events` over keep-alive connections: latency and throughput, the API alone."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from tests.benchmarks.databases import both, empty

SECONDS = 5.0


def run(runs: int) -> None:
    with both() as urls:
        for kind, url in urls.items():
            for clients in (1, 16):
                figures = [_measure(url, clients) for _ in range(runs)]
                rate, half, most = (
                    statistics.median(column) for column in zip(*figures, strict=True)
                )
                print(
                    f"{kind:<11} {clients:>2} clients: {rate:>6,.0f} events/s"
                    f"   p50 {half:>6.2f} ms   p99 {most:>6.2f} ms"
                    f"   (median of {runs} runs of {SECONDS:.0f} s)",
                    flush=True,
                )


def _measure(url: str, clients: int) -> tuple[float, float, float]:
    """Events a second, and the median and 99th percentile of the latency (ms)."""
    empty(url).close()
    with _server(url) as port, ThreadPoolExecutor(clients) as pool:
        _post_until(port, 0, time.monotonic() + 1)
        end = time.monotonic() + SECONDS
        jobs = [pool.submit(_post_until, port, client, end) for client in range(clients)]
        latencies = sorted(latency for job in jobs for latency in job.result())
    half, most = (latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.99))
    return len(latencies) / SECONDS, half, most


def _post_until(port: int, client: int, end: float) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    latencies = []
    while (started := time.monotonic()) < end:
        email = f"c{client}-{len(latencies) % 1000}@example.com"
        body = json.dumps({"email": email, "type": "page_view", "properties": {"path": "/pricing"}})
        connection.request("POST", "/api/events", body)
        response = connection.getresponse()
        assert response.status == 201, response.read()
        response.read()
        latencies.append(time.monotonic() - started)
    connection.close()
    return latencies


@contextmanager
def _server(url: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "pipeline.api:app", "--port", str(port)]
    command += ["--log-level", "error", "--no-access-log"]
    with subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
