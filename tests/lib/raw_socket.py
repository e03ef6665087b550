"""raw_socket.py - a bare WebSocket after the handshake at the chat daemon: frames as one likes."""
import base64
import os
import secrets
import socket
import struct


class Raw:
    def __init__(self, url):
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.socket.sendall(f"GET /chat/v1/socket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1000)
        assert b" 101 " in answer
        self.rest = answer.split(b"\r\n\r\n", 1)[1]

    def frame(self, opcode, payload, fin=True, masked=True):
        head = bytes([(0x80 if fin else 0) | opcode])
        flag = 0x80 if masked else 0
        size = len(payload)
        head += bytes([flag | size]) if size < 126 else bytes([flag | 126]) + struct.pack(">H", size) if size < 65536 else \
            bytes([flag | 127]) + struct.pack(">Q", size)
        mask = secrets.token_bytes(4)
        self.socket.sendall(head + (mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload))

    def text_until(self, wanted, limit_s=10):
        """Reads until these bytes came. Returns: all of it."""
        self.socket.settimeout(limit_s)
        while wanted not in self.rest:
            got = self.socket.recv(65536)
            assert got, self.rest
            self.rest += got
        return self.rest

    def close_code(self, limit_s=10):
        """None: ended without a Close frame."""
        self.socket.settimeout(limit_s)
        while True:
            try:
                got = self.socket.recv(65536)
            except ConnectionError:
                break
            if not got:
                break
            self.rest += got
        at = self.rest.find(b"\x88")
        return struct.unpack(">H", self.rest[at + 2:at + 4])[0] if at >= 0 else None


def signed_in(visitor):
    raw = Raw(visitor.url)
    raw.frame(1, f'{{"auth":"{visitor.token}"}}'.encode())
    raw.text_until(b'"ready"')
    raw.rest = b""
    return raw
