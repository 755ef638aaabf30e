"""Stands between Postern and a server that speaks HTTP: hands on what is asked, and loses answers by a menu."""
import collections
import http.client
import http.server
import threading

from servers.loopback import Loopback


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:  # Postern was killed, or the server is away
            pass

    def hand_on(self):
        lossy = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection("127.0.0.1", lossy.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        with lossy.lock:
            lossy.asked[self.command, answer.status] += 1
            lose = lossy.counts(self.command, self.path) and lossy.losses and lossy.losses.popleft()
        if lose:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length", "keep-alive"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = hand_on


class Lossy(Loopback):
    """`losses`: for the next requests that `counts` says yes to, whether their answers are lost."""

    def __init__(self, port, counts=lambda method, path: True):
        self.port, self.counts, self.losses, self.lock = port, counts, collections.deque(), threading.Lock()
        self.asked = collections.Counter()  # by method and status
        self.serve(Handler)
