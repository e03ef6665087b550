"""RFC 6455 case by case against common/http/websocket, numbered as the Autobahn test suite numbers what it asks of a server: groups 1
to 7, and 9 scaled down to the largest message a socket takes (64 KiB). A row: what the client sends, and every frame that comes back,
to the end of the connection when a Close is among them. ("text, Close 1002" is strict: what was right before the fault is answered.)"""
import hashlib
import random
import socket
import struct
import subprocess

import pytest

from bus_suite import BIN

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LIMIT = 65536
masks = random.Random(6455)


# ---- what is sent ----

def frame(opcode, payload=b"", fin=True, rsv=0):
    """A client's frame, masked."""
    payload = payload.encode() if isinstance(payload, str) else payload
    mask = masks.randbytes(4)
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", 0x80 | size)
    elif size < 65536:
        length = struct.pack("!BH", 0x80 | 126, size)
    else:
        length = struct.pack("!BQ", 0x80 | 127, size)
    repeated = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
    return struct.pack("!B", fin << 7 | rsv << 4 | opcode) + length + mask + masked


def text(payload=b"", **bits):
    return frame(TEXT, payload, **bits)


def binary(payload=b"", **bits):
    return frame(BINARY, payload, **bits)


def ping(payload=b"", **bits):
    return frame(PING, payload, **bits)


def pong(payload=b"", **bits):
    return frame(PONG, payload, **bits)


def more(payload=b"", fin=False, **bits):
    """A continuation, not the last one unless fin says so."""
    return frame(CONT, payload, fin=fin, **bits)


def last(payload=b"", **bits):
    return frame(CONT, payload, **bits)


def close(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


def fragments(opcode, payload, size):
    """The payload in frames of so many bytes."""
    pieces = [payload[at:at + size] for at in range(0, len(payload), size)]
    return [frame(opcode if n == 0 else CONT, piece, fin=n == len(pieces) - 1) for n, piece in enumerate(pieces)]


class Chopped:
    """Frames sent in pieces of so many bytes."""

    def __init__(self, size, *frames):
        data = b"".join(frames)
        self.pieces = [data[at:at + size] for at in range(0, len(data), size)]


class Framewise:
    """Each frame by itself."""

    def __init__(self, *frames):
        self.pieces = frames


class Until:
    """What has been sent so far must be answered by this before the rest is sent – which then may find nobody."""

    def __init__(self, *expected):
        self.expected = expected


# ---- what comes back ----

def T(payload=""):
    return TEXT, payload.encode() if isinstance(payload, str) else payload


def B(payload=b""):
    """The echo of a binary message."""
    return T(f"{len(payload)} {hashlib.sha256(payload).hexdigest()}")


def P(payload=b""):
    return PONG, payload


def C(code=None):
    return CLOSE, code


FAILED, NOT_UTF8, TOO_BIG = C(1002), C(1007), C(1009)


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        assert self.file.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
        while self.file.readline() != b"\r\n":
            pass

    def send(self, item):
        try:
            for piece in getattr(item, "pieces", [item]):
                self.socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has failed the connection already; what it said before is still to be read

    def read(self):
        """The next frame, as T(), P(), C() … write it; None at the end of the connection."""
        head = self.file.read(2)
        if not head:
            return None
        assert head[0] & 0xf0 == 0x80, "a server's frame is whole, without reserved bits"
        assert head[1] & 0x80 == 0, "and not masked"
        size = head[1]
        if size == 126:
            (size,) = struct.unpack("!H", self.file.read(2))
            assert size > 125
        elif size == 127:
            (size,) = struct.unpack("!Q", self.file.read(8))
            assert size > 65535
        payload = self.file.read(size)
        assert len(payload) == size
        if head[0] & 15 != CLOSE:
            return head[0] & 15, payload
        assert size != 1 and size <= 125
        payload[2:].decode()  # its reason is UTF-8
        return C(struct.unpack("!H", payload[:2])[0] if payload else None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


@pytest.fixture(scope="module")
def port():
    with subprocess.Popen([BIN / "websocket-echo"], stdout=subprocess.PIPE) as server:
        yield int(server.stdout.readline())
        server.terminate()
        assert server.wait(10) == 0


def brief(answer):
    """For messages: long payloads by their size."""
    return answer if answer is None or not isinstance(answer[1], bytes) or len(answer[1]) < 100 else (answer[0], f"{len(answer[1])} bytes")


END = b"the end of the row"


def check(client, sends, expected):
    """A row without a Close is ended by a ping: its answer says that there was nothing else."""
    for item in sends:
        if isinstance(item, Until):
            for want in item.expected:
                assert brief(client.read()) == brief(want)
        else:
            client.send(item)
    is_closed = any(answer[0] == CLOSE for answer in expected)
    already = sum(len(item.expected) for item in sends if isinstance(item, Until))
    if not is_closed:
        client.send(ping(END))
    for want in expected[already:] + [None if is_closed else P(END)]:
        got = client.read()
        assert brief(got) == brief(want)
        assert got == want


# ---- 1: text and binary, every way to write a length ----

def sizes(make, answer, group):
    lengths = [0, 125, 126, 127, 128, 65535, 65536]
    for n, length in enumerate(lengths, 1):
        payload = b"*" * length if make is text else bytes(range(256)) * (length // 256) + b"\xfe" * (length % 256)
        yield f"{group}.{n}", [make(payload)], [answer(payload)]
    payload = b"*" * 65536
    yield f"{group}.8", [Chopped(997, make(payload))], [answer(payload)]


# ---- 2: pings and pongs ----

EIGHT = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"
TEN = [f"payload-{n}".encode() for n in range(10)]
PINGS = [
    ("2.1", [ping()], [P()]),
    ("2.2", [ping("Hello, world!")], [P(b"Hello, world!")]),
    ("2.3", [ping(EIGHT)], [P(EIGHT)]),
    ("2.4", [ping(b"\xfe" * 125)], [P(b"\xfe" * 125)]),
    ("2.5", [ping(b"\xfe" * 126)], [FAILED]),
    ("2.6", [Chopped(1, ping(b"\xfe" * 125))], [P(b"\xfe" * 125)]),
    ("2.7", [pong()], []),
    ("2.8", [pong("unsolicited")], []),
    ("2.9", [pong("unsolicited"), ping("ping")], [P(b"ping")]),
    ("2.10", [ping(payload) for payload in TEN], [P(payload) for payload in TEN]),
    ("2.11", [Chopped(1, *[ping(payload) for payload in TEN])], [P(payload) for payload in TEN]),
]

# ---- 3: reserved bits; 4: opcodes nobody has defined ----

RESERVED = [
    ("3.1", [text("a", rsv=1)], [FAILED]),
    ("3.2", [text("a") + text("b", rsv=2) + ping()], [T("a"), FAILED]),
    ("3.3", [Framewise(text("a"), text("b", rsv=3), ping())], [T("a"), FAILED]),
    ("3.4", [Chopped(1, text("a"), text("b", rsv=4), ping())], [T("a"), FAILED]),
    ("3.5", [binary(EIGHT, rsv=5)], [FAILED]),
    ("3.6", [ping("a", rsv=6)], [FAILED]),
    ("3.7", [frame(CLOSE, struct.pack("!H", 1000), rsv=7)], [FAILED]),
]


def opcodes(group, first):
    yield f"{group}.1", [frame(first)], [FAILED]
    yield f"{group}.2", [frame(first + 1, "reserved")], [FAILED]
    yield f"{group}.3", [text("a"), frame(first + 2), ping()], [T("a"), FAILED]
    yield f"{group}.4", [text("a"), frame(first + 3, "reserved"), ping()], [T("a"), FAILED]
    yield f"{group}.5", [Chopped(1, text("a"), frame(first + 4, "reserved"), ping())], [T("a"), FAILED]


# ---- 5: fragments ----

LOOSE = [more("x"), text("a", fin=False), last("b")]
ENDED = [last("x"), text("a", fin=False), last("b")]
FIVE = [text("1", fin=False), more("2"), ping("p"), more("3"), more("4"), ping("q"), last("5")]
FRAGMENTS = [
    ("5.1", [ping("a", fin=False), last("b")], [FAILED]),
    ("5.2", [pong("a", fin=False), last("b")], [FAILED]),
    ("5.3", [text("a", fin=False) + last("b")], [T("ab")]),
    ("5.4", [Framewise(text("a", fin=False), last("b"))], [T("ab")]),
    ("5.5", [Chopped(1, text("a", fin=False), last("b"))], [T("ab")]),
    ("5.6", [text("a", fin=False) + ping("p") + last("b")], [P(b"p"), T("ab")]),
    ("5.7", [Framewise(text("a", fin=False), ping("p"), last("b"))], [P(b"p"), T("ab")]),
    ("5.8", [Chopped(1, text("a", fin=False), ping("p"), last("b"))], [P(b"p"), T("ab")]),
    ("5.9", [last("x") + text("a")], [FAILED]),
    ("5.10", [Framewise(last("x"), text("a"))], [FAILED]),
    ("5.11", [Chopped(1, last("x"), text("a"))], [FAILED]),
    ("5.12", [more("x") + text("a")], [FAILED]),
    ("5.13", [Framewise(more("x"), text("a"))], [FAILED]),
    ("5.14", [Chopped(1, more("x"), text("a"))], [FAILED]),
    ("5.15", [text("a", fin=False) + last("b") + more("x") + text("c")], [T("ab"), FAILED]),
    ("5.16", LOOSE * 2, [FAILED]),
    ("5.17", ENDED * 2, [FAILED]),
    ("5.18", [text("a", fin=False), text("b")], [FAILED]),
    ("5.19", FIVE, [P(b"p"), P(b"q"), T("12345")]),
    ("5.20", [Chopped(1, *FIVE)], [P(b"p"), P(b"q"), T("12345")]),
]

# ---- 6: UTF-8 ----

UTF8 = "Hello-µ@ßöäüàá-UTF-8!!".encode()
KOSME = "κόσμε".encode()
BROKEN = KOSME + b"\xed\xa0\x80" + b"edited"
BEYOND = b"\xf4\x90\x80\x80"
HALF = text(KOSME + BEYOND + b"edited")
TEXTS = [
    ("6.1.1", [text()], [T()]),
    ("6.1.2", [text(fin=False), more(), last()], [T()]),
    ("6.1.3", [text(fin=False), more("middle"), last()], [T("middle")]),
    ("6.2.1", [text(UTF8)], [T(UTF8)]),
    ("6.2.2", [text(UTF8[:12], fin=False), last(UTF8[12:])], [T(UTF8)]),
    ("6.2.3", fragments(TEXT, UTF8, 1), [T(UTF8)]),
    ("6.2.4", fragments(TEXT, KOSME, 1), [T(KOSME)]),
    ("6.3.1", [text(BROKEN)], [NOT_UTF8]),
    ("6.3.2", fragments(TEXT, BROKEN, 1), [NOT_UTF8]),
    # at once, not at the end of the message: the first part is answered by nothing, the second by the Close
    ("6.4.1", [text(KOSME, fin=False), more(BEYOND), Until(NOT_UTF8), last("edited")], [NOT_UTF8]),
    ("6.4.2", [text(KOSME + BEYOND[:1], fin=False), more(BEYOND[1:2]), Until(NOT_UTF8), last(BEYOND[2:] + b"edited")], [NOT_UTF8]),
    # even within a frame, whose end never comes
    ("6.4.3", [HALF[:-6], Until(NOT_UTF8)], [NOT_UTF8]),
    ("6.4.4", [HALF[:-9], HALF[-9:-8], Until(NOT_UTF8)], [NOT_UTF8]),
]

# (first case, sequences, valid?)
LONE = [bytes(b for start in starts for b in (start, 0x20))
        for starts in (range(0xc0, 0xe0), range(0xe0, 0xf0), range(0xf0, 0xf8), range(0xf8, 0xfc), range(0xfc, 0xfe))]
CUT = ["c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"]
SURROGATES = ["eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"]
SEQUENCES = [
    ("6.5", [word.encode() for word in ("hello$world", "hello¢world", "hello€world", "hello𤭢world", "κόσμε")], True),
    ("6.6", [KOSME[:n] for n in range(1, len(KOSME) + 1)], None),  # a prefix is valid when it ends with a character
    ("6.7", ["00", "c280", "e0a080", "f0908080"], True),
    ("6.8", ["f888808080", "fc8480808080"], False),
    ("6.9", ["7f", "dfbf", "efbfbf", "f48fbfbf"], True),
    ("6.10", ["f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"], False),
    ("6.11a", ["ed9fbf", "ee8080", "efbfbd", "f48fbfbf"], True),
    ("6.11b", ["f4908080"], False),
    ("6.12", ["80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", bytes(range(0x80, 0xc0))], False),
    ("6.13", LONE, False),
    ("6.14", CUT, False),
    ("6.15", ["".join(CUT)], False),
    ("6.16", ["fe", "ff", "fefeffff"], False),
    ("6.17", ["c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"], False),
    ("6.18", ["c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"], False),
    ("6.19", ["c080", "e08080", "f0808080", "f880808080", "fc8080808080"], False),
    ("6.20", SURROGATES, False),
    ("6.21", [high + low for high in ("eda080", "edadbf", "edae80", "edafbf") for low in ("edb080", "edbfbf")], False),
    ("6.22", [chr(plane << 16 | last_two).encode() for plane in range(17) for last_two in (0xfffe, 0xffff)], True),
    ("6.23", [chr(special).encode() for special in range(0xfff9, 0x10000)], True),
]


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def sequences():
    for group, all_of_them, is_valid in SEQUENCES:
        for n, sequence in enumerate(all_of_them, 1):
            data = bytes.fromhex(sequence) if isinstance(sequence, str) else sequence
            wanted = is_utf8(data) if is_valid is None else is_valid
            assert wanted == is_utf8(data), f"the row {group}.{n} says the wrong thing"
            answer = [T(data)] if wanted else [NOT_UTF8]
            yield f"{group}.{n}", [text(data)], answer
            if len(data) > 1:
                yield f"{group}.{n} by bytes", [Chopped(1, text(data))], answer
                yield f"{group}.{n} in fragments", fragments(TEXT, data, 1), answer


# ---- 7: closing ----

CLOSES = [
    ("7.1.1", [text("a"), close(1000)], [T("a"), C(1000)]),
    ("7.1.2", [close(1000) + close(1000)], [C(1000)]),
    ("7.1.3", [close(1000) + ping()], [C(1000)]),
    ("7.1.4", [close(1000) + text("a")], [C(1000)]),
    ("7.1.5", [text("a", fin=False) + close(1000) + last("b")], [C(1000)]),
    ("7.1.6", [text(b"*" * LIMIT) + close(1000) + ping()], [T(b"*" * LIMIT), C(1000)]),
    ("7.3.1", [close()], [C()]),
    ("7.3.2", [frame(CLOSE, "a")], [FAILED]),
    ("7.3.3", [close(1000)], [C(1000)]),
    ("7.3.4", [close(1000, b"Hello World!")], [C(1000)]),
    ("7.3.5", [close(1000, b"*" * 123)], [C(1000)]),
    ("7.3.6", [close(1000, b"*" * 124)], [FAILED]),
    ("7.5.1", [close(1000, BROKEN)], [NOT_UTF8]),
    ("7.5.1 by bytes", [Chopped(1, close(1000, BROKEN))], [NOT_UTF8]),
    ("7.5.1 half a character", [close(1000, KOSME[:-1])], [NOT_UTF8]),
    *[(f"7.7.{n}", [close(code)], [C(code)])
      for n, code in enumerate([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999], 1)],
    *[(f"7.9.{n}", [close(code)], [FAILED]) for n, code in enumerate([0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999], 1)],
    ("7.9 1015", [close(1015)], [FAILED]),
    ("7.13.1", [close(5000)], [FAILED]),
    ("7.13.2", [close(65535)], [FAILED]),
]


# ---- 9: limits; 64 KiB stand for what the suite sends as 16 MiB and 4 MiB ----

def limits():
    letters = (b"The quick brown fox jumps over the lazy dog. " * (LIMIT // 45 + 1))[:LIMIT]
    noise = random.Random(9).randbytes(LIMIT)
    for group, make, answer, opcode, data in ((1, text, T, TEXT, letters), (2, binary, B, BINARY, noise)):
        for n, size in enumerate([256, 1024, 4096, 16384, 32768, LIMIT], 1):
            yield f"9.{group}.{n}", [make(data[:size])], [answer(data[:size])]
        yield f"9.{group} too big", [make(data + b"x")], [TOO_BIG]
        for n, size in enumerate([1, 4, 16, 64, 256, 1024, 4096, 16384, LIMIT], 1):
            yield f"9.{group + 2}.{n}", [b"".join(fragments(opcode, data, size))], [answer(data)]
        yield f"9.{group + 2} too big", [b"".join(fragments(opcode, data + b"x", 4096))], [TOO_BIG]
        for n, size in enumerate([64, 128, 256, 512, 1024, 2048], 1):
            yield f"9.{group + 4}.{n}", [Chopped(size, make(data))], [answer(data)]
        for n, size in enumerate([0, 16, 64, 256, 1024, 4096], 1):
            yield f"9.{group + 6}.{n}", [make(data[:size]), Until(answer(data[:size]))] * 1000, [answer(data[:size])] * 1000


CASES = [*sizes(text, T, "1.1"), *sizes(binary, B, "1.2"), *PINGS, *RESERVED, *opcodes("4.1", 3), *opcodes("4.2", 11), *FRAGMENTS, *TEXTS,
         *sequences(), *CLOSES, *limits()]


@pytest.mark.parametrize("sends, expected", [pytest.param(*row[1:], id=row[0]) for row in CASES])
def test_case(port, sends, expected):
    with Client(port) as client:
        check(client, sends, expected)


def test_no_client_may_leave_its_frames_bare(port):
    for bare in (b"\x81\x01a", b"\x89\x00", b"\x88\x02\x03\xe8", b"\x01\x01a"):
        with Client(port) as client:
            check(client, [bare], [FAILED])


def test_lengths_must_be_written_short(port):
    """RFC 6455, 5.2: the minimal number of bytes; the first bit of eight is 0."""
    for length in (b"\xfe\x00\x05", b"\xff" + b"\x00" * 7 + b"\x05", b"\xff\x80" + b"\x00" * 7):
        with Client(port) as client:
            check(client, [b"\x81" + length + b"\x00" * 4 + b"abcde"], [FAILED])
