"""tunnel.py - a browser's way to the network, as a SOCKS proxy, that can be cut as a real one is: nothing passes, and nobody is told.

    with Tunnel() as tunnel:
        chromium.newContext({"proxy": {"server": tunnel.url}})
        tunnel.cut()     # connections stay open, what is sent into them vanishes from sight; new ones get no answer
        tunnel.mend()    # all of it arrives, late; forgets=True: connections from before the cut stay deaf for ever, as behind
                         # a router that gave the machine another address meanwhile"""
import contextlib
import socket
import struct
import threading

CONNECT, IPV4, NAME = 1, 1, 3


class Tunnel:
    def __init__(self, forgets=False):
        self.forgets = forgets
        self._way = threading.Event()  # set: it is open
        self._way.set()
        self._cuts = 0
        self._sockets = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socks5://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._way.set()
        for each in (self._server, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def cut(self):
        self._way.clear()
        self._cuts += 1

    def mend(self):
        self._way.set()

    def _accept(self):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                threading.Thread(target=self._serve, args=(self._server.accept()[0],), daemon=True).start()

    def _serve(self, near):
        self._sockets.append(near)
        with contextlib.suppress(OSError, ValueError, IndexError):  # the browser gave it up
            far = socket.create_connection(self._ask(near))
            self._sockets.append(far)
            near.sendall(struct.pack(">4B4sH", 5, 0, 0, IPV4, b"", 0))
            born = self._cuts
            threading.Thread(target=self._pass, args=(far, near, born), daemon=True).start()
            self._pass(near, far, born)

    def _ask(self, near):
        """Returns: the address the browser wants."""
        methods = near.recv(2, socket.MSG_WAITALL)[1]
        near.recv(methods, socket.MSG_WAITALL)
        self._way.wait()
        near.sendall(b"\x05\x00")
        _, command, _, kind = near.recv(4, socket.MSG_WAITALL)
        assert command == CONNECT and kind in (IPV4, NAME)
        size = 4 if kind == IPV4 else near.recv(1)[0]
        name = near.recv(size, socket.MSG_WAITALL)
        port, = struct.unpack(">H", near.recv(2, socket.MSG_WAITALL))
        return socket.inet_ntoa(name) if kind == IPV4 else name.decode(), port

    def _pass(self, source, target, born):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._way.wait()
                if not self.forgets or born == self._cuts:
                    target.sendall(data)
            self._way.wait()
            if not self.forgets or born == self._cuts:
                target.shutdown(socket.SHUT_WR)
