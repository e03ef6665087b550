"""history.py - what a client did and saw, written down as it happens: one JSON object a line, never rewritten."""
import json
import threading
import time


class History:
    def __init__(self, path):
        self._file = open(path, "a", buffering=1)
        self._lock = threading.Lock()

    def add(self, **record):
        record["t"] = time.monotonic()
        with self._lock:
            self._file.write(json.dumps(record) + "\n")


def read(path):
    """The records of a history; a last line cut short by a crash is left out."""
    with open(path) as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
