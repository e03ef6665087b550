"""What comes over the wire and should not: unknown keys, noise at the doorbell, relays that send nonsense. And live signals."""
import struct
import time

import pytest
import zmq

from bus_suite import BusSuite, conversation, seed_of_run, seen_by, wait_until


@pytest.fixture
def suite():
    with BusSuite() as suite:
        yield suite


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


def relay_address(suite, column):
    rows = wait_until(lambda: suite.query(f"SELECT {column} FROM bus.relay"), 10, "the relay is announced")
    return rows[0][0]


def connect(suite, context, kind, address, keys=None):
    socket = context.socket(kind)
    keys = keys or suite.keys["client"]
    socket.curve_serverkey = suite.keys["server"]["public"].encode()
    socket.curve_publickey, socket.curve_secretkey = keys["public"].encode(), keys["secret"].encode()
    if kind == zmq.SUB:
        socket.subscribe(b"")
    socket.connect(address)
    return socket


def lines_of(reader):
    return reader.out.read_text().splitlines() if reader.out.exists() else []


def test_live_signals_reach_readers_and_are_not_stored(suite):
    suite.relay()
    listener, deaf = suite.reader(hears_signals="true"), suite.reader()
    suite.actor("typist", "gateway")
    line = f"signal typing {conversation(0)} on"
    wait_until(lambda: lines_of(listener).count(line) > 5, 15, "signals arrive", listener)
    assert set(lines_of(listener)) == {line}
    assert lines_of(deaf) == []
    assert suite.event_count() == 0


def test_a_client_with_another_key_hears_nothing_and_is_named_in_the_log(suite, context):
    relay = suite.relay()
    address = relay_address(suite, "frames")
    known = connect(suite, context, zmq.SUB, address)
    stranger = connect(suite, context, zmq.SUB, address, suite.keys["server"])
    assert known.poll(5000), "a heartbeat for who is known"
    refused = wait_until(lambda: relay.log_events("zmq.client_refused"), 5, "a log line", relay)
    assert refused[0]["key"] == suite.keys["server"]["public"]
    assert not stranger.poll(1000)


def test_noise_at_the_doorbell_does_no_harm(suite, context):
    relay = suite.relay()
    reader = suite.reader(hears_signals="true")
    noise = connect(suite, context, zmq.PUB, relay_address(suite, "doorbell"))
    time.sleep(0.5)  # subscriptions travel unseen
    for parts in ([b"x"], [b"live"], [b"live", b""], [b"live", b"\x0a\xff"], [b"live", b"\x0a\x02\xff\xff"], [b"live", b"x" * 5000],
                  [b"log", b"\x0a\x00"], [b"live", b"", b""], [b""] * 12, [b"live", b"x" * (5 << 20)]):
        noise.send_multipart(parts)
    noise = connect(suite, context, zmq.PUB, relay_address(suite, "doorbell"))  # the last one cost the connection
    writer = suite.writer(seed=seed_of_run(), rate=200)
    suite.actor("typist", "gateway")
    wait_until(lambda: any(line.startswith("signal typing") for line in lines_of(reader)), 15, "signals go on", relay)
    wait_until(lambda: len(lines_of(reader)) > 200, 15, "events go on", relay, writer)
    assert relay.is_alive()


def field(number, wire, value):
    return bytes([number << 3 | wire]) + value


def position(epoch, xid, number):
    return b"".join(field(n, 1, struct.pack("<Q", v)) for n, v in ((1, epoch), (2, xid), (3, number)))


def frame(previous, last, *events):
    body = field(1, 2, bytes([len(previous)]) + previous)
    for event in events:
        body += field(2, 2, bytes([len(event)]) + event)
    return body + field(3, 2, bytes([len(last)]) + last)


def test_a_relay_that_sends_nonsense_costs_a_replay_and_nothing_else(suite, context):
    false_relay = context.socket(zmq.PUB)
    false_relay.curve_server = True
    false_relay.curve_secretkey = suite.keys["server"]["secret"].encode()
    port = false_relay.bind_to_random_port("tcp://127.0.0.1")
    relay = suite.relay()
    wait_until(lambda: suite.query("SELECT 1 FROM bus.epoch"), 10, "an epoch", relay)
    epoch = suite.query("SELECT epoch FROM bus.epoch")[0][0]
    suite.query("INSERT INTO bus.relay VALUES (gen_random_uuid(), %s, %s, 'infinity') RETURNING 1", f"tcp://127.0.0.1:{port}",
                f"tcp://127.0.0.1:{port}")
    reader = suite.reader()
    writer = suite.writer(seed=seed_of_run(), rate=500)
    wait_until(lambda: len(seen_by(reader)) > 100, 20, "live reading", reader)

    far = 1 << 40
    ghost = b"".join([field(1, 1, struct.pack("<Q", far)), field(2, 1, struct.pack("<Q", 1)), field(4, 2, b"\x01x")])
    nonsense = [
        [b"log"], [b"log", b""], [b"log", b"\xff\xff"], [b"log", b"\x0a\x02\x08"], [b"log", b"", b""], [b"nothing", b""],
        [b"log", frame(position(epoch, far, 1), position(epoch, far, 1))],  # a gap: another relay is ahead
        [b"log", frame(position(epoch, far, 1), position(epoch, 1, 1))],  # ends before it begins
        [b"log", frame(position(epoch + 2, 0, 0), position(epoch + 2, far, 1))],  # an epoch nobody has opened
        [b"log", frame(position(epoch, far, 0), position(epoch, far, 1), ghost)],  # an event after a gap
        [b"log", frame(position(epoch, 0, 0), position(epoch, 0, 0))[:-4]],
        [b"live", b"\xff"],
        [b"log", b"x" * (5 << 20)],  # over the limit: the connection is dropped and made again
    ]
    for parts in nonsense * 3:
        false_relay.send_multipart(parts)
        time.sleep(0.05)
    at = len(seen_by(reader))
    wait_until(lambda: len(seen_by(reader)) > at + 200, 15, "reading goes on", reader)
    assert len(reader.log_events("bus.bad_frame")) >= 3
    writer.kill()
    log = suite.events()
    wait_until(lambda: len(seen_by(reader)) >= len(log), 15, "the reader has the log", reader)
    assert [row[:3] for row in seen_by(reader)] == log
