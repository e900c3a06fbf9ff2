"""Servers as the README starts them, each on a free port."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError

ROOT = Path(__file__).parent.parent
STREAMLIT = (
    "streamlit run dashboard.py --server.headless true --server.address 127.0.0.1 --server.port"
)


@contextmanager
def serving(command: str, log: Path, environment: Mapping[str, str] = {}) -> Iterator[str]:
    """The address of a server that was started with this command and a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", *command.split(), str(port)]
    environment = {**os.environ, **environment}
    # To measure what it runs would slow it down, and it is ended before it tells.
    environment.pop("COVERAGE_PROCESS_CONFIG", None)
    with (
        log.open("w") as out,
        subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out, env=environment) as server,
    ):
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
            urllib.request.urlopen(url, timeout=10).close()
        except HTTPError:
            return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")
