"""What the README shows is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import exact_json
from pipeline.database import connect
from pipeline.rules import KINDS, parse
from pipeline.segments import list_segments
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def block(marker: str) -> str:
    """The code that follows `<!-- marker -->`."""
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, f"README.md has no code block marked '{marker}'"
    return found[1]


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where `python -m pipeline` works on a database without tables."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.no_cover
def test_the_tour_leads_from_a_file_to_one_sent_mail(folder: Path) -> None:
    tour = ["bash", "-euo", "pipefail", "-c", block("tour")]
    shown = subprocess.run(tour, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert "4 stored" in shown
    assert "2 customers who did purchase in the last 30 days" in shown
    assert "2 drafted" in shown
    assert "Subject: Still thinking about LAMP-7?" in shown
    assert shown.endswith("1 approved\n1 sent, 0 failed\n0 sent, 0 failed\n")


@pytest.mark.no_cover
def test_the_package_example_prints_one_customer(folder: Path) -> None:
    python = [sys.executable, "-c", block("package")]
    shown = subprocess.run(python, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert shown == "did purchase in the last 30 days 1\n"


def test_the_rule_example_reads_as_the_readme_says() -> None:
    sentence = parse(exact_json.loads(block("rule"))).sentence()
    assert sentence in " ".join(README.split())


def test_every_rule_kind_is_in_the_table() -> None:
    for kind in KINDS:
        assert f"`{kind}`" in README


def test_the_flow_in_the_package_docstring_runs(tmp_path: Path) -> None:
    import pipeline

    flow = re.search(r"\n((?:    .*\n|\n)+)", str(pipeline.__doc__))
    assert flow
    lines = "\n".join(line.removeprefix("    ") for line in flow[1].splitlines())
    database = connect(f"sqlite:///{tmp_path / 'flow.db'}")
    exec("from pipeline import *\n" + lines, {"database": database})
    with database.read() as session:
        assert [segment.name for segment in list_segments(session)] == ["Buyers"]
    database.close()


def test_every_setting_is_in_the_table() -> None:
    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in README
