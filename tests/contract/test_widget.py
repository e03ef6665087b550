"""The widget: its types and unit tests, how much a page loads for it, and that it asks nothing of other hosts."""
import gzip
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("HILO_BIN_DIR", ROOT / "build/bin")).resolve().parent / "widget"
LOADER_MAX, ALL_MAX = 4 * 1024, 35 * 1024


@pytest.fixture(scope="module")
def made():
    """Typed, tested and built as the sources are now. Returns: what that printed."""
    done = subprocess.run([ROOT / "services/chat/widget/make", "--check", BUILT], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def packed(name):
    return len(gzip.compress((BUILT / name).read_bytes(), 9))


def test_types_hold_and_unit_tests_pass(made):
    passed, failed = (int(re.search(rf"^# {word} (\d+)$", made, re.MULTILINE).group(1)) for word in ("pass", "fail"))
    assert passed >= 70 and failed == 0, made


def test_the_loader_is_small(made):
    assert packed("loader.js") <= LOADER_MAX


def test_all_of_it_is_small(made):
    assert sum(map(packed, ("loader.js", "widget.js", "widget.css"))) <= ALL_MAX


@pytest.mark.parametrize("name", ["loader.js", "widget.js", "widget.css"])
def test_no_other_host_no_cookie_no_evaluated_text(made, name):
    text = (BUILT / name).read_text()
    hosts = set(re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z0-9.-]+", text)) - {"http://www.w3.org"}
    assert not hosts
    for forbidden in ("document.cookie", "eval(", "new Function", "document.write"):
        assert forbidden not in text


def test_pinned_packages_without_download_addresses():
    folder = ROOT / "services/chat/widget"
    assert '"resolved"' not in (folder / "package-lock.json").read_text()
    versions = re.findall(r'"(?:preact|esbuild|typescript|@types/node)": "([^"]+)"', (folder / "package.json").read_text())
    assert len(versions) == 4 and all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
