"""Generated documents say what the sources say now: docs/generate would change nothing."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("HILO_BIN_DIR", ROOT / "build/bin"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    subprocess.run([ROOT / "docs/generate", PROGRAMS, folder], check=True)
    return folder


@pytest.mark.parametrize("name", ["config.md", "events.md"])
def test_is_as_generated(fresh, name):
    assert (ROOT / "docs" / name).read_text() == (fresh / name).read_text(), f"run docs/generate {PROGRAMS}"
