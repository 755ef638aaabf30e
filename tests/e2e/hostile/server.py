"""A server that says exactly the bytes that a mode wants, over TLS on a loopback port of its own."""
import json
import socket
import ssl
import struct
import threading
import time

from hostile.mode import SIEM, TTP_URL
from listener import Listener

PATHS = {"/api/audit/get-siem-logs": SIEM, "/api/ttp/url/get-logs": TTP_URL}
BLOCK = 64 << 10


class Closed(Exception):
    """The client has had enough."""


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        self.headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.stream = PATHS.get(self.path)
        self.data = json.loads(body)["data"][0] if body else {}
        self.token = self.data.get("token")
        self.page = json.loads(body).get("meta", {}).get("pagination", {}).get("pageToken") if body else None
        self.number = 0  # of the mode's stream, from 0


class Talk:
    """One connection."""

    def __init__(self, server, connection):
        self.server, self.connection = server, connection
        connection.settimeout(30)

    # ---- Words

    def say(self, data):
        try:
            self.connection.sendall(data.encode() if isinstance(data, str) else data)
        except OSError as reason:
            raise Closed() from reason

    def forever(self, data):
        """Until the client closes; that it never does is what a mode is there to find."""
        block = data * max(1, BLOCK // len(data))
        while True:
            self.say(block)
            time.sleep(0.001)  # the bank tests bounds, not how fast one machine can talk to itself

    def drip(self, data, seconds):
        while True:
            self.say(data)
            time.sleep(seconds)

    def wait_for_close(self):
        try:
            while self.connection.recv(4096):
                pass
        except OSError:
            pass
        return False

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    # ---- Answers

    def head(self, status="200 OK", *headers, length=None):
        date = self.server.date()
        lines = [f"HTTP/1.1 {status}", *([f"Date: {date}"] if date else []), *headers]
        lines += [f"Content-Length: {length}"] if length is not None else []
        self.say("\r\n".join(lines) + "\r\n")

    def answer(self, body, *headers, status="200 OK"):
        body = body.encode() if isinstance(body, str) else body
        self.head(status, *headers, length=len(body))
        self.say(b"\r\n" + body)
        return True

    def json(self, value, *headers, status="200 OK"):
        return self.answer(json.dumps(value), "Content-Type: application/json", *headers, status=status)

    def file(self, body, token, *headers):
        """A log file of `siem`."""
        return self.answer(body, "Content-Type: application/octet-stream", f"mc-siem-token: {token}", *headers)

    def nothing_new(self):
        return self.json({"meta": {"isLastToken": True, "status": 200}, "data": []})

    def good(self, request):
        if request.stream == SIEM:
            return self.nothing_new() if request.token else self.file(records_file([record(0)]), "good-1")
        return self.json({"meta": {"status": 200}, "data": [{"clickLogs": [click(self.server.now_ms())]}], "fail": []})

    # ---- Reading

    def request(self):
        """The next request, None at the end."""
        data = b""
        while b"\r\n\r\n" not in data:
            got = self.connection.recv(65536)
            if not got:
                return None
            data += got
        head, _, body = data.partition(b"\r\n\r\n")
        size = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        while len(body) < size:
            got = self.connection.recv(65536)
            if not got:
                raise Closed()
            body += got
        return Request(head, body)


def record(number, **more):
    return {"datetime": "2026-01-01T09:00:00+0000", "aCode": f"code-{number}", "Sender": "a@example.com", **more}


def records_file(records):
    return json.dumps({"type": "MTA", "data": records})


def click(now_ms):
    date = time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(now_ms / 1000 - 1800))
    return {"url": "https://example.com/", "date": date, "userEmailAddress": "a@example.com"}


class Server:
    def __init__(self, mode, certificates, now_ms):
        self.mode, self.now_ms = mode, now_ms
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        self.failures = []  # mistakes of the bank itself
        self.lock = threading.Lock()
        getattr(mode.act, "prepare", lambda: None)()
        self.listener = Listener(self._serve, backlog=64)
        self.base_url = f"https://127.0.0.1:{self.listener.port}"

    def date(self):
        now_ms = self.now_ms()
        if self.mode.clock:
            return self.mode.clock(now_ms)
        return http_date(now_ms)

    def close(self):
        self.listener.close()

    def _serve(self, connection):
        threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        try:
            with connection:
                if self.mode.raw:
                    self.mode.act(Talk(self, connection))
                else:
                    with self.tls.wrap_socket(connection, server_side=True) as wrapped:
                        self._answer(Talk(self, wrapped))
        except (Closed, OSError):
            pass
        except Exception as mistake:  # told by the test
            self.failures.append(f"{self.mode.name}: {mistake!r}")

    def _answer(self, talk):
        while (request := talk.request()) is not None:
            attacked = request.stream == self.mode.stream or self.mode.whole
            if attacked:
                with self.lock:
                    request.number = self.mode.seen
                    self.mode.seen += 1
            if not (self.mode.act(talk, request) if attacked else talk.good(request)):
                return


def http_date(ms):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(ms / 1000))
