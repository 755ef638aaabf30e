"""The listener that receivers of tests are made of."""
import os
import pathlib
import socket

from harness import check, wait_until
from listener import Listener


def connect(listener):
    socket.create_connection(("127.0.0.1", listener.port)).close()


def waits(thread):
    return pathlib.Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def test_one_that_is_closed_takes_nothing_from_the_next(world):
    first, second = [], []
    closed = Listener(first.append)
    connect(closed)
    wait_until(lambda: first and waits(closed.thread), "it waits for more")
    closed.close()
    listener = Listener(second.append)
    os.system(":")  # the end of a child, told while that is blocked, breaks off whatever a thread waits for
    for _ in range(6):
        connect(listener)
    wait_until(lambda: len(first) + len(second) == 7, lambda: f"all are taken: {len(first)}, {len(second)}")
    listener.close()
    check(len(first) == 1, f"{len(first) - 1} of the second's connections went to the first")
