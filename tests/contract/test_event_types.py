"""proto/event_types.py: the declarations become a table, and a mistake in them is an error."""
import importlib.util
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "proto" / "event_types.py"
spec = importlib.util.spec_from_file_location("event_types", SCRIPT)
event_types = importlib.util.module_from_spec(spec)
spec.loader.exec_module(event_types)

PROTO = """// A file.
syntax = "proto3";
package hilo.v1;

import "hilo/v1/options.proto";

enum KeyKind {
  KEY_KIND_UNSPECIFIED = 0;
  KEY_KIND_CUSTOMER = 1;
}

// How it went.
enum Outcome {
  OUTCOME_UNSPECIFIED = 0;
  // All of it.
  OUTCOME_DONE = 1;
}

// Part of a thing.
message Part {
  // Its name.
  string name = 1;
}

// Something
// happened.
message ThingHappened {
  option (event) = {
    type: "thing.happened"
    key: KEY_KIND_CUSTOMER
    public: true
    publisher: "identity"
    consumers: "routing gateway"
    since: "0.1"
  };
  reserved 3, 4;
  // UUID of <it> | that.
  string thing_id = 1;
  // Its parts.
  repeated Part parts = 2 [(personal) = true];
  // How.
  Outcome outcome = 5;
}

// The wrapping.
message Envelope {
  // UUID.
  string id = 1;
  // What happened.
  oneof body {
    ThingHappened thing_happened = 100;
  }
}
"""


def catalogue(tmp_path, text):
    path = tmp_path / "thing.proto"
    path.write_text(text)
    return event_types.Catalogue([path])


def test_a_declaration_is_read_whole(tmp_path):
    read = catalogue(tmp_path, PROTO)
    message = read.messages["ThingHappened"]
    assert message.comment == "Something happened."
    assert message.event == {"type": "thing.happened", "key": "KEY_KIND_CUSTOMER", "public": "true", "publisher": "identity",
                             "consumers": "routing gateway", "since": "0.1"}
    assert [(f.name, f.type, f.number, f.repeated, f.personal) for f in message.fields] == [
        ("thing_id", "string", 1, False, False), ("parts", "Part", 2, True, True), ("outcome", "Outcome", 5, False, False)]
    assert read.enums["Outcome"].values == [("OUTCOME_UNSPECIFIED", 0, ""), ("OUTCOME_DONE", 1, "All of it.")]


def test_the_c_table_names_body_key_and_scope(tmp_path):
    text = event_types.c_table(catalogue(tmp_path, PROTO))
    assert '{"thing.happened", HILO__V1__ENVELOPE__BODY_THING_HAPPENED,\n\t HILO__V1__KEY_KIND__KEY_KIND_CUSTOMER, true},' in text
    assert "case HILO__V1__ENVELOPE__BODY_THING_HAPPENED:\n\t\treturn &bus_event_types[0];" in text


def test_the_document_says_what_the_proto_says(tmp_path):
    text = event_types.markdown(catalogue(tmp_path, PROTO))
    assert "| [thing.happened](#thinghappened) | Something happened. | customer | yes |" in text
    assert "| 1 `thing_id` | string | UUID of &lt;it> \\| that. |" in text
    assert "| 2 `parts` | list of [Part](#part) | Its parts. *(personal data)* |" in text
    assert "acted on by `routing`, `gateway` · public · since 0.1 · body `thing_happened` (100)" in text
    assert "## Part" in text and "| 1 `OUTCOME_DONE` | All of it. |" in text


@pytest.mark.parametrize("old, new, error", [
    ('    type: "thing.happened"\n', "", "does not declare its type"),
    ('    since: "0.1"\n', '    until: "0.1"\n', "not understood in an event's declaration"),
    ('"thing.happened"', '"Thing Happened"', "is no type's name"),
    ("key: KEY_KIND_CUSTOMER", "key: KEY_KIND_UNSPECIFIED", "bad key or public"),
    ("public: true", "public: perhaps", "bad key or public"),
    ("  // Its parts.\n", "", "ThingHappened.parts has no comment"),
    ("    ThingHappened thing_happened = 100;\n", "", "ThingHappened declares an event but is no body of Envelope"),
    ("    ThingHappened thing_happened = 100;\n", "    ThingHappened thing_happened = 100;\n    Part part = 101;\n",
     "Part is a body of Envelope but declares no event"),
    ("string thing_id = 1;", "map<string, string> thing_id = 1;", "not a field"),
    ("string thing_id = 1;", "string thing_id;", "not a field"),
    ("// The wrapping.\nmessage Envelope {", "message Parcel {", "no message Envelope"),
    ("  }\n}\n", "  }\n", "the file ends inside a block"),
    ("  }\n}\n", "  }\n}\n}\n", "a closing brace too many"),
])
def test_a_mistake_is_an_error(tmp_path, old, new, error):
    assert old in PROTO
    with pytest.raises(event_types.Malformed, match=error):
        catalogue(tmp_path, PROTO.replace(old, new))


def test_two_events_may_not_share_a_name(tmp_path):
    second = PROTO[PROTO.index("// Something"):PROTO.index("// The wrapping.")].replace("ThingHappened", "OtherHappened")
    text = PROTO.replace("// The wrapping.", second + "// The wrapping.").replace(
        "thing_happened = 100;", "thing_happened = 100;\n    OtherHappened other_happened = 101;")
    with pytest.raises(event_types.Malformed, match="stands twice"):
        catalogue(tmp_path, text)


def test_the_command_says_what_is_wrong_and_fails(tmp_path):
    bad = tmp_path / "bad.proto"
    bad.write_text("message X {\n  nonsense\n}\n")
    done = subprocess.run([sys.executable, SCRIPT, "--c", "-", bad], capture_output=True, text=True)
    assert done.returncode == 1 and f"{bad}:2: not a field: nonsense" in done.stderr


def test_the_trees_own_events_are_all_there():
    read = event_types.Catalogue((SCRIPT.parent / "hilo/v1").glob("*.proto"))
    types = [read.messages[f.type].event["type"] for f in read.bodies]
    assert types == sorted(types) and "message.received" in types
    services = {path.name for path in (SCRIPT.parents[1] / "services").iterdir()}
    for field in read.bodies:
        event = read.messages[field.type].event
        assert {*event["publisher"].split(), *event["consumers"].split()} <= services
