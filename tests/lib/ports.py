"""ports.py - ports for what tests start: free when they are given, and given to nobody else until this process ends. What
shall listen there binds later, and again when it is killed and restarted: without a claim another test would find it free."""
import contextlib
import fcntl
import functools
import os
import pathlib
import random
import socket
import tempfile

RANGE = range(10000, 32000)  # below what the kernel hands out by itself
_given = set()


@functools.cache
def _claims():
    """A file of which each process locks the bytes that are its ports. It stays open: closing it would give them up."""
    return open(pathlib.Path(tempfile.gettempdir()) / f"hilo-ports-{os.getuid()}", "ab")


def claim(port):
    """Returns: whether it was nobody's and is this process's from now on."""
    with contextlib.suppress(BlockingIOError), contextlib.closing(socket.socket()) as probe:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
        fcntl.lockf(_claims(), fcntl.LOCK_UN, 1, port)
    return False


def free_ports(count):
    """The first of so many free ports in a row."""
    for _ in range(1000):
        first = random.SystemRandom().randrange(RANGE.start, RANGE.stop - count + 1)
        row = range(first, first + count)
        if _given.isdisjoint(row) and all(claim(port) for port in row):
            _given.update(row)
            return first
    raise RuntimeError("no free ports")


def free_port():
    return free_ports(1)
