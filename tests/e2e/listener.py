"""A port of loopback whose connections are taken on a thread."""
import socket
import threading


class Listener:
    """Each connection goes to `take`, one after the other, until `close`."""

    def __init__(self, take, backlog=None):
        self.socket, self.lock, self.closed = socket.create_server(("127.0.0.1", 0), backlog=backlog), threading.Lock(), False
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._listen, args=(take,), daemon=True)
        self.thread.start()

    def close(self):
        """Afterwards nobody waits at the socket. A thread that did would go on waiting although it is closed, and an accept that a signal
        broke off is begun anew by the kernel with the socket's number: it takes a connection of the next one that has that number."""
        with self.lock:
            if self.closed:
                return
            self.closed = True
            self.socket.shutdown(socket.SHUT_RDWR)
            self.thread.join()
            self.socket.close()

    def _listen(self, take):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                if self.closed:
                    return
                raise
            take(connection)
