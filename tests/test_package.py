"""The package as others import it."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

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


def test_imports_point_one_way() -> None:
    below: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module, imported in _imports():
        common, one, other = _parted(module, imported)
        if one and other:
            below[common][one].add(other)
    assert {"pipeline", "pipeline.smart"} <= below.keys()
    for beside in below.values():
        TopologicalSorter(beside).prepare()  # raises CycleError


def test_reports_are_for_screens_exports_and_the_command_line() -> None:
    askers = {module for module, imported in _imports() if imported.startswith("pipeline.reports.")}
    assert {module.split(".")[1] for module in askers} == {"reports", "exports", "__main__"}


def _imports() -> Iterator[tuple[str, str]]:
    """Each module of the package, with each name that it imports from another as it is loaded."""
    root = Path(pipeline.__file__).parent
    for file in root.rglob("*.py"):
        module = ".".join(("pipeline", *file.relative_to(root).with_suffix("").parts))
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("pipeline"):
                yield from ((module, f"{node.module}.{each.name}") for each in node.names)


def _parted(module: str, imported: str) -> tuple[str, str, str]:
    """The package that holds both, and what of it has the one and what the other."""
    one, other = module.split("."), imported.split(".")
    both = next(n for n, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1)
    own = "" if one[both] == "__init__" else one[both]
    return ".".join(one[:both]), own, other[both]
