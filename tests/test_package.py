"""The package as others import it."""

import subprocess
import sys

import pipeline

#: What is for pages, the REST API, the command line or files only, and takes long to import.
HEAVY = {
    "alembic",
    "fastapi",
    "numpy",
    "pandas",
    "pyarrow",
    "starlette",
    "streamlit",
    "typer",
    "uvicorn",
}


def test_importing_it_brings_nothing_heavy_along() -> None:
    script = "import sys, pipeline; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert HEAVY.isdisjoint(modules.stdout.split())


def test_its_public_names_are_there_and_say_what_they_are() -> None:
    for name in pipeline.__all__:
        assert getattr(pipeline, name).__doc__, name
