"""What the tree promises about itself: who may include whom, where SQL stands, what no code may call, which paths exist."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATED = re.compile(r"^hilo/v1/\w+\.pb-c\.h$|^google/protobuf/\w+\.pb-c\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def sources(*folders, suffixes=(".c", ".h")):
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*"))
            if file.suffix in suffixes and "node_modules" not in file.parts]


def shown(file):
    return str(file.relative_to(ROOT))


def without_comments(text):
    """Comments and the insides of strings blanked; line numbers stay."""
    def blank(match):
        whole = match.group(0)
        return whole if whole[0] == "'" else '""' if whole[0] == '"' else "\n" * whole.count("\n")
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)


def ranks():
    """Rank of each layer, from the CMake that builds them."""
    text = (ROOT / "common/cmake/HiloBuild.cmake").read_text()
    found = {name: int(rank) for name, rank in re.findall(r"set\(HILO_RANK_(\w+) (\d+)\)", text)}
    for names, rank in re.findall(r"foreach\(layer ([\w ]+)\)\s*set\(HILO_RANK_\$\{layer\} (\d+)\)", text):
        found.update({name: int(rank) for name in names.split()})
    return found


def test_every_layer_has_a_rank():
    layers = {folder.name for folder in (ROOT / "common").iterdir() if folder.is_dir() and folder.name not in {"cmake", "web"}}
    assert layers == set(ranks())


def test_layers_include_only_what_lies_below_them():
    rank, wrong = ranks(), []
    for file in sources("common"):
        layer = file.relative_to(ROOT / "common").parts[0]
        for name in INCLUDE.findall(file.read_text()):
            if GENERATED.match(name) or (file.parent / name).is_file():
                continue
            used = name.removesuffix("_sql.h").split("/")[0]  # a layer's header or its catalogue
            is_there = name == f"{used}_sql.h" or (ROOT / "common" / name).is_file()
            if not is_there or (used != layer and rank.get(used, 99) >= rank[layer]):
                wrong.append(f"{shown(file)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_services_include_only_themselves_and_layers():
    # a layer's catalogue of statements is prepared by whoever opens a pool for it
    catalogues, wrong = {f"{layer}_sql.h" for layer in ranks()}, []
    for file in sources("services"):
        service = file.relative_to(ROOT / "services").parts[0]
        own = ROOT / "services" / service
        for name in INCLUDE.findall(file.read_text()):
            if GENERATED.match(name) or name in catalogues | {f"{service}_store_sql.h"} or (ROOT / "common" / name).is_file():
                continue
            found = [base / name for base in (own, file.parent) if (base / name).is_file()]
            if not found or own not in found[0].resolve().parents:
                wrong.append(f"{shown(file)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_services_link_no_other_service():
    wrong = [shown(file) for file in sources("services", suffixes=(".txt",))
             if re.search(r"hilo_service_", file.read_text())]
    assert not wrong, wrong


def test_sql_stands_in_store_sql_only():
    statement = re.compile(r'"\s*(?:SELECT|WITH|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|DROP|TRUNCATE)\s', re.IGNORECASE)
    upper = re.compile(r'"\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE)\s')
    wrong = [f"{shown(file)}:{number}: {line.strip()[:80]}" for file in sources("services", "common")
             for number, line in enumerate(file.read_text().splitlines(), 1)
             if statement.search(line) and upper.search(line)]
    assert not wrong, "\n".join(wrong)


def test_only_the_db_layer_sees_libpq():
    wrong = [shown(file) for file in sources("services", "common")
             if re.search(r"#\s*include\s*[<\"](?:postgresql/)?libpq", file.read_text()) and "common/db/" not in shown(file)]
    assert not wrong, wrong


def test_nothing_calls_a_banned_function():
    banned = re.compile(r"(?<![\w.>])(v?sprintf|strcpy|strcat|stpcpy|gets|system|popen|alloca)\s*\(")
    wrong = [f"{shown(file)}:{number}: {match.group(1)}" for file in sources("services", "common", "tests")
             for number, line in enumerate(without_comments(file.read_text()).splitlines(), 1)
             for match in [banned.search(line)] if match]
    assert not wrong, "\n".join(wrong)


def test_every_source_file_opens_with_its_purpose():
    purpose = re.compile(r"^/\* \S.{19,}")
    wrong = []
    for file in sources("services", "common", "tests", "proto", suffixes=(".c",)):
        first = file.read_text().split("\n", 1)[0]
        words = first.removeprefix("/* ").removesuffix("*/").strip()
        if not purpose.match(first) or re.fullmatch(r"\S+\.c", words):
            wrong.append(f"{shown(file)}: {first}")
    assert not wrong, "\n".join(wrong)


def test_main_is_short():
    wrong = [shown(file) for file in sources("services", suffixes=(".c",))
             if file.name == "main.c" and len(file.read_text().splitlines()) > 60]
    assert not wrong, wrong


def test_paths_in_the_where_is_table_exist():
    text = (ROOT / "docs/ARCHITECTURE.md").read_text()
    table = text[text.index("## Where is"):]
    paths = [path for line in table.splitlines() if line.startswith("|") for path in re.findall(r"`([\w./-]+)`", line)]
    assert len(paths) > 10
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing, missing


def test_links_between_documents_lead_somewhere():
    wrong = []
    for file in [ROOT / "README.md", *sources("docs", suffixes=(".md",))]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", file.read_text()):
            if not (file.parent / target).exists():
                wrong.append(f"{shown(file)} links {target}")
    assert not wrong, "\n".join(wrong)


def test_migrations_are_numbered_without_gaps():
    names = sorted(file.name for file in (ROOT / "deploy/migrations").glob("*.sql"))
    assert names and all(re.fullmatch(r"\d{4}-[a-z]+-[a-z0-9-]+\.sql", name) for name in names), names
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_nothing_in_the_tree_is_tied_to_where_it_was_made():
    """No path of one machine, no host of a package registry: a clone works anywhere."""
    tied = re.compile(r"(?<![\w.$}])/(?:work|home)/\w|registry\.(?:npm|yarn)|pypi\.org|(?:deb|security)\.debian\.org|\"resolved\": *\"http")
    wrong = []
    for file in ROOT.rglob("*"):
        parts = file.relative_to(ROOT).parts
        if not parts or parts[0] in (".git", "var") or parts[0].startswith("build") or "node_modules" in parts or not file.is_file():
            continue
        if file == pathlib.Path(__file__).resolve() or "data" in parts or file.suffix == ".pyc":
            continue
        text = file.read_text(errors="replace")
        wrong += [f"{shown(file)}: {match.group(0)}" for match in tied.finditer(text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("tool", ["bash -n", "shellcheck -S warning"])
def test_shell_scripts_are_clean(tool):
    scripts = [file for folder in ("deploy", "tests", ".ci") for file in sorted((ROOT / folder).rglob("*"))
               if file.is_file() and "node_modules" not in file.parts and file.suffix not in (".pyc", ".sql", ".eml")
               and (file.suffix == ".sh" or file.open("rb").read(20).startswith((b"#!/bin/bash", b"#!/usr/bin/env bash")))]
    assert scripts
    assert shutil.which(tool.split()[0])
    for script in scripts:
        done = subprocess.run([*tool.split(), script], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{shown(script)}\n{done.stdout}{done.stderr}"
