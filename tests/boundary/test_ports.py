"""Tests that run side by side never give what they start the same port, however late that listens there."""
import contextlib
import socket
import subprocess
import sys

import ports

# in a narrow range, so that those that do not know of each other meet; holds them until its input ends
TAKE = "import sys, ports; ports.RANGE = range(*map(int, sys.argv[1:3])); print(*[ports.free_port() for _ in range(8)], flush=True); sys.stdin.read()"


def test_processes_side_by_side_are_given_different_ports():
    command = [sys.executable, "-c", TAKE, "61000", "61100"]
    with contextlib.ExitStack() as stack:
        takers = [stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                                       env={"PYTHONPATH": ":".join(sys.path)}))
                  for _ in range(4)]
        given = [int(port) for taker in takers for port in taker.stdout.readline().split()]
        assert len(given) == len(set(given)) == 32


def test_a_port_somebody_listens_at_is_not_given():
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        assert not ports.claim(taken.getsockname()[1])
