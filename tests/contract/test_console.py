"""The console: its types, lint and unit tests, how much a browser loads for it, and that it asks nothing of other hosts."""
import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("HILO_BIN_DIR", ROOT / "build/bin")).resolve().parent / "console"
FOLDER = ROOT / "services/console"


@pytest.fixture(scope="module")
def made():
    """Checked and built as the sources are now. Returns: what that printed."""
    done = subprocess.run([FOLDER / "make", "--check", BUILT], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout[-20000:]
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def test_types_and_lint_hold_and_unit_tests_pass(made):
    passed = re.search(r"^\s*Tests\s+(\d+) passed \((\d+)\)", made, re.MULTILINE)
    assert passed and passed.group(1) == passed.group(2) and int(passed.group(1)) >= 200, made[-3000:]


def test_browsers_load_little(made):
    sizes = re.findall(r"^ok: (first load|mail frame) ", made, re.MULTILINE)
    assert sorted(sizes) == ["first load", "mail frame"] and "TOO MUCH" not in made


@pytest.mark.parametrize("page", ["app", "mail"])
def test_no_other_host_and_no_script_in_the_page(made, page):
    html = (BUILT / page / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == [] and "style=" not in html
    for file in (BUILT / page).rglob("*"):
        if file.suffix in (".html", ".css"):
            assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", file.read_text()), file


def test_pinned_packages_without_download_addresses():
    for package in (FOLDER, FOLDER / "node-package"):
        assert '"resolved"' not in (package / "package-lock.json").read_text()
        described = json.loads((package / "package.json").read_text())
        for kind in ("dependencies", "devDependencies", "optionalDependencies"):
            for name, version in described.get(kind, {}).items():
                assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
