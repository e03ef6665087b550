#!/usr/bin/env python3
"""event_types.py --c OUT | --markdown OUT  [PROTO…] - the table of event types from the options in proto/hilo/v1.

--c writes the C table behind bus_event_type_by_name() and _by_body(); --markdown writes docs/events.md.
OUT may be "-". Without PROTO: every file of hilo/v1 beside this script.

Reads the .proto text itself: the subset hilo.v1 keeps to (no nested messages, maps, groups or block comments), because
protoc hands on neither comments nor options in a form a script without generated code can read. What it does not know
is an error, not a gap in the table."""
import argparse
import dataclasses
import pathlib
import re
import sys


class Malformed(Exception):
    pass


@dataclasses.dataclass
class Field:
    name: str
    type: str
    number: int
    comment: str
    repeated: bool = False
    personal: bool = False


@dataclasses.dataclass
class Message:
    name: str
    comment: str
    fields: list = dataclasses.field(default_factory=list)
    body: list = dataclasses.field(default_factory=list)  # the fields of its oneof
    event: dict = None  # the declaration: type, key, public, publisher, consumers, since


@dataclasses.dataclass
class Enum:
    name: str
    comment: str
    values: list = dataclasses.field(default_factory=list)


FIELD = re.compile(r"(repeated\s+)?([\w.]+)\s+(\w+)\s*=\s*(\d+)\s*(?:\[(.*)\])?\s*;$")
EVENT_KEYS = {"type", "key", "public", "publisher", "consumers", "since"}


class Parser:
    """One file, line by line: a stack of what is open, and the comment waiting for what it describes."""

    def __init__(self, path):
        self.path, self.number = path, 0
        self.messages, self.enums = [], []
        self.stack, self.comment = [], []

    def fail(self, what):
        raise Malformed(f"{self.path}:{self.number}: {what}")

    def parse(self, text):
        for self.number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("//"):
                self.comment.append(line[2:].strip())
            elif not line:
                self.comment = []
            else:
                code, _, trailing = line.partition(" //")
                self.take(code.strip(), " ".join(self.comment) or trailing.strip())
                self.comment = []
        if self.stack:
            self.fail("the file ends inside a block")
        return self

    def take(self, line, comment):
        if line in ("}", "};"):
            if not self.stack:
                self.fail("a closing brace too many")
            self.stack.pop()
        elif not self.stack:
            self.take_top(line, comment)
        else:
            getattr(self, "in_" + self.stack[-1])(line, comment)

    def take_top(self, line, comment):
        match = re.match(r"(message|enum|extend)\s+([\w.]+)\s*\{$", line)
        if match:
            kind, name = match.groups()
            if kind == "message":
                self.messages.append(Message(name, comment))
            elif kind == "enum":
                self.enums.append(Enum(name, comment))
            self.stack.append(kind)
        elif not re.match(r"(syntax|package|import|option)\b.*;$", line):
            self.fail(f"not understood: {line}")

    def in_message(self, line, comment):
        if re.match(r"option\s+\(event\)\s*=\s*\{$", line):
            self.messages[-1].event = {}
            self.stack.append("option")
        elif re.match(r"oneof\s+\w+\s*\{$", line):
            self.stack.append("oneof")
        elif not re.match(r"reserved\b.*;$", line):
            self.messages[-1].fields.append(self.field(line, comment))

    def in_oneof(self, line, comment):
        self.messages[-1].body.append(self.field(line, comment))

    def in_option(self, line, _comment):
        match = re.match(r'(\w+):\s*(?:"([^"]*)"|(\w+))\s*,?$', line)
        if not match or match.group(1) not in EVENT_KEYS:
            self.fail(f"not understood in an event's declaration: {line}")
        self.messages[-1].event[match.group(1)] = match.group(2) if match.group(2) is not None else match.group(3)

    def in_enum(self, line, comment):
        match = re.match(r"(\w+)\s*=\s*(\d+)\s*;$", line)
        if not match:
            self.fail(f"not an enum's value: {line}")
        self.enums[-1].values.append((match.group(1), int(match.group(2)), comment))

    def in_extend(self, line, comment):
        self.field(line, comment)

    def field(self, line, comment):
        match = FIELD.match(line)
        if not match:
            self.fail(f"not a field: {line}")
        repeated, type_, name, number, options = match.groups()
        return Field(name, type_, int(number), comment, bool(repeated), "(personal) = true" in (options or ""))


class Catalogue:
    """All files together, checked: every body of the envelope is a declared event, and the other way round."""

    def __init__(self, paths):
        self.messages, self.enums = {}, {}
        for path in sorted(map(str, paths)):
            parsed = Parser(path).parse(pathlib.Path(path).read_text())
            self.messages.update((m.name, m) for m in parsed.messages)
            self.enums.update((e.name, e) for e in parsed.enums)
        if "Envelope" not in self.messages:
            raise Malformed("no message Envelope")
        self.envelope = self.messages["Envelope"]
        self.check()
        self.bodies = sorted(self.envelope.body, key=lambda f: self.messages[f.type].event["type"])

    def check(self):
        keys = {value for value, number, _ in self.enums["KeyKind"].values if number}
        types = set()
        for field in self.envelope.body:
            event = self.messages[field.type].event if field.type in self.messages else None
            if event is None:
                raise Malformed(f"{field.type} is a body of Envelope but declares no event")
            missing = EVENT_KEYS - event.keys()
            if missing:
                raise Malformed(f"{field.type} does not declare its {', '.join(sorted(missing))}")
            if event["key"] not in keys or event["public"] not in ("true", "false"):
                raise Malformed(f"{field.type}: bad key or public")
            if not re.fullmatch(r"[a-z]+(\.[a-z_]+)+", event["type"]) or event["type"] in types:
                raise Malformed(f"{field.type}: {event['type']} is no type's name, or stands twice")
            types.add(event["type"])
        inside = {field.type for field in self.envelope.body}
        for message in self.messages.values():
            if message.event is not None and message.name not in inside:
                raise Malformed(f"{message.name} declares an event but is no body of Envelope")
            for field in message.fields + message.body:
                if not field.comment and field not in message.body:
                    raise Malformed(f"{message.name}.{field.name} has no comment")


def c_table(catalogue):
    lines = ["/* event_types.c - generated from proto/hilo/v1; do not edit. */", '#include "bus/event.h"',
             '#include "hilo/v1/options.pb-c.h"', "", "const struct bus_event_type bus_event_types[] = {"]
    for field in catalogue.bodies:
        event = catalogue.messages[field.type].event
        lines.append(f'\t{{"{event["type"]}", HILO__V1__ENVELOPE__BODY_{field.name.upper()},\n'
                     f'\t HILO__V1__KEY_KIND__{event["key"]}, {event["public"]}}},')
    lines += ["};", "const size_t bus_event_types_count = HILO_COUNT(bus_event_types);", "",
              "const struct bus_event_type *bus_event_type_by_body(Hilo__V1__Envelope__BodyCase body)", "{",
              "\tswitch ((int)body) {"]
    for index, field in enumerate(catalogue.bodies):
        lines += [f"\tcase HILO__V1__ENVELOPE__BODY_{field.name.upper()}:", f"\t\treturn &bus_event_types[{index}];"]
    lines += ["\tdefault:", "\t\treturn NULL;", "\t}", "}", ""]
    return "\n".join(lines)


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def words(text):
    return text.lower().replace("_", " ")


def field_rows(catalogue, fields):
    rows = ["| field | type | meaning |", "|---|---|---|"]
    for f in fields:
        type_ = f"[{f.type}](#{f.type.lower()})" if f.type in catalogue.messages or f.type in catalogue.enums else f.type
        rows.append(f"| {f.number} `{f.name}` | {'list of ' if f.repeated else ''}{type_} | "
                    f"{cell(f.comment)}{' *(personal data)*' if f.personal else ''} |")
    return rows + [""]


def event_section(catalogue, field):
    message = catalogue.messages[field.type]
    event = message.event
    consumers = ", ".join(f"`{c}`" for c in event["consumers"].split()) or "nobody within the suite"
    return [f"## {event['type']}", "", message.comment, "",
            f"Ordered by {words(event['key'][len('KEY_KIND_'):])} · appended by `{event['publisher']}` · acted on by {consumers} · "
            f"{'public' if event['public'] == 'true' else 'internal'} · since {event['since']} · "
            f"body `{field.name}` ({field.number})", ""] + field_rows(catalogue, message.fields)


def used_types(catalogue):
    """What the events' fields refer to, in the order of first use."""
    seen = []

    def visit(message):
        for f in message.fields:
            if f.type in catalogue.enums and f.type not in seen:
                seen.append(f.type)
            elif f.type in catalogue.messages and f.type not in seen:
                if catalogue.messages[f.type].event is None:
                    seen.append(f.type)
                visit(catalogue.messages[f.type])

    for field in catalogue.bodies:
        visit(catalogue.messages[field.type])
    return seen


def markdown(catalogue):
    lines = ["# Events", "",
             "Every event of the log: what it means, whose order it belongs to, who appends it and who acts on it.",
             "Generated from `proto/hilo/v1` by `proto/event_types.py --markdown docs/events.md`; do not edit.", "",
             "| event | meaning | ordered by | public |", "|---|---|---|---|"]
    for field in catalogue.bodies:
        message = catalogue.messages[field.type]
        name = message.event["type"]
        anchor = name.replace(".", "")
        lines.append(f"| [{name}](#{anchor}) | {cell(message.comment)} | {words(message.event['key'][len('KEY_KIND_'):])} | "
                     f"{'yes' if message.event['public'] == 'true' else 'no'} |")
    lines += ["", "## Envelope", "", catalogue.envelope.comment, ""] + field_rows(catalogue, catalogue.envelope.fields)
    for field in catalogue.bodies:
        lines += event_section(catalogue, field)
    for name in used_types(catalogue):
        if name in catalogue.messages:
            message = catalogue.messages[name]
            lines += [f"## {name}", "", message.comment, ""] + field_rows(catalogue, message.fields)
        else:
            enum = catalogue.enums[name]
            lines += [f"## {name}", "", enum.comment, "", "| value | meaning |", "|---|---|"]
            lines += [f"| {number} `{value}` | {cell(comment)} |" for value, number, comment in enum.values] + [""]
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--c", metavar="OUT")
    form.add_argument("--markdown", metavar="OUT")
    parser.add_argument("proto", nargs="*")
    options = parser.parse_args(arguments)
    try:
        catalogue = Catalogue(options.proto or (pathlib.Path(__file__).parent / "hilo/v1").glob("*.proto"))
    except Malformed as error:
        sys.exit(f"event_types.py: {error}")
    text = c_table(catalogue) if options.c else markdown(catalogue)
    out = options.c or options.markdown
    if out == "-":
        sys.stdout.write(text)
    else:
        path = pathlib.Path(out)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
