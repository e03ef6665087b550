#!/usr/bin/env python3
"""sql_catalogue.py UNIT OUT_DIR STORE.SQL… - named SQL statements as C data.

Each STORE.SQL holds statements, each under a line `-- :name verb_noun`; comment lines below it describe its parameters.
Written: UNIT_sql.h with one `extern const struct db_statement UNIT_sql_verb_noun;` a statement and the array
UNIT_catalogue[] / UNIT_catalogue_count; UNIT_sql.c with their text."""
import pathlib
import re
import sys


def parse(path):
    statements, name, lines = [], None, []

    def flush():
        if name is None:
            return
        sql = "\n".join(l for l in lines if not l.lstrip().startswith("--")).strip().rstrip(";").strip()
        if not sql:
            sys.exit(f"{path}: statement {name} is empty")
        numbers = [int(n) for n in re.findall(r"\$(\d+)", sql)]
        statements.append((name, sql, max(numbers, default=0)))

    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r"--\s*:name\s+(\S+)\s*$", line)
        if match:
            flush()
            name, lines = match.group(1), []
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                sys.exit(f"{path}:{number}: bad statement name {name}")
        else:
            lines.append(line)
    flush()
    return statements


def c_string(sql):
    rows = []
    for line in sql.splitlines():
        text = line.replace("\\", "\\\\").replace('"', '\\"').replace("??", "?\\?")
        rows.append(f'\t\t"{text}\\n"')
    return "\n".join(rows)


def main():
    unit, out, sources = sys.argv[1], pathlib.Path(sys.argv[2]), [pathlib.Path(path) for path in sys.argv[3:]]
    statements = [statement for source in sources for statement in parse(source)]
    names = [name for name, _, _ in statements]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        sys.exit(f"{unit}: stands twice: {', '.join(twice)}")
    out.mkdir(parents=True, exist_ok=True)
    header = [f"/* {unit}_sql.h - generated from the statements of {unit}; do not edit. */", "#pragma once", '#include "db/db.h"', ""]
    header += [f"extern const struct db_statement {unit}_sql_{name};" for name, _, _ in statements]
    header += ["", f"extern const struct db_statement *const {unit}_catalogue[];",
               f"extern const size_t {unit}_catalogue_count;", ""]
    body = [f"/* {unit}_sql.c - generated from the statements of {unit}; do not edit. */", f'#include "{unit}_sql.h"', ""]
    for name, sql, parameters in statements:
        body += [f"const struct db_statement {unit}_sql_{name} = {{", f'\t.name = "{unit}.{name}",', f"\t.parameters = {parameters},",
                 "\t.sql =", c_string(sql) + ",", "};", ""]
    body += [f"const struct db_statement *const {unit}_catalogue[] = {{"]
    body += [f"\t&{unit}_sql_{name}," for name, _, _ in statements]
    body += ["\t0, /* never counted */"]
    body += ["};", f"const size_t {unit}_catalogue_count = {len(statements)};", ""]
    (out / f"{unit}_sql.h").write_text("\n".join(header))
    (out / f"{unit}_sql.c").write_text("\n".join(body))


if __name__ == "__main__":
    main()
