"""A second address of a server: hands on what comes, and goes away for good, in the midst of whatever is under way, once a client has
sent so many bytes."""
import contextlib
import socket
import threading

PIECE = 4096


class Relay:
    def __init__(self, port, bytes_left):
        self.target, self.left, self.lock = port, bytes_left, threading.Lock()
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def is_gone(self):
        return self.left <= 0

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                client, server = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.target))
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
        with self.lock:
            for one in (self.listener, *self.open):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self.open.clear()
