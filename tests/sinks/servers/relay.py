"""A second address of a server: hands on what comes, and goes away for good, in the midst of whatever is under way, once a client has
sent so many bytes."""
import contextlib
import socket
import threading

from listener import Listener

PIECE = 4096


class Relay:
    def __init__(self, port, bytes_left):
        self.target, self.left, self.lock = port, bytes_left, threading.Lock()
        self.open = []
        self.listener = Listener(self.take)
        self.port = self.listener.port

    def is_gone(self):
        return self.left <= 0

    def take(self, client):
        with contextlib.suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self.target))
            with self.lock:
                self.open += [client, server]
            threading.Thread(target=self.hand_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.hand_on, args=(server, client, False), daemon=True).start()

    def hand_on(self, source, sink, counts):
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                sink.sendall(data)
                self.left -= len(data) if counts else 0
                if self.is_gone():
                    break
        if self.is_gone():
            self.close()

    def close(self):
        self.listener.close()
        with self.lock:
            for one in self.open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self.open.clear()
