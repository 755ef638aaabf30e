"""Receivers on loopback that are there and say nothing."""
import contextlib
import socket

ESTABLISHED, ASKED_FOR = "01", "02"


def connections_to(port, state):
    """How many were made to this port by whomever, and are in this state."""
    with open("/proc/net/tcp") as table:
        return sum(line.split()[2:4] == [f"0100007F:{port:04X}", state] for line in list(table)[1:])


class Silent:
    """Takes every connection (the system does) and never answers."""
    state = ESTABLISHED

    def __init__(self, backlog=256):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.listener.getsockname()[1]

    def count(self):
        """The connections that others have, or wait for."""
        return connections_to(self.port, self.state)

    def close(self):
        self.listener.close()


class Swallowing(Silent):
    """As a host behind a firewall: whoever wants a connection gets no word. Its queue is full, and nobody takes from it."""
    state = ASKED_FOR

    def __init__(self):
        super().__init__(backlog=0)
        self.waiting = []
        while not super().count():
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(("127.0.0.1", self.port))
            self.waiting.append(filler)

    def count(self):
        return super().count() - 1  # the one that found no place

    def close(self):
        for filler in self.waiting:
            filler.close()
        super().close()
