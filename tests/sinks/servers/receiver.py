"""A strict HTTP receiver on loopback: what the fakes of all presets share. A subclass judges requests (`take`); what it has
taken is its disk: `kill` breaks off every exchange and forgets nothing."""
import collections
import ctypes
import ctypes.util
import email.utils
import gzip
import http.server
import json
import random
import socket
import socketserver
import struct
import threading
import time

from harness import free_port

Answer = collections.namedtuple("Answer", "status headers body")
Request = collections.namedtuple("Request", "method path query headers body packed")  # body: unpacked


def answer(status, body=b"", **headers):
    if not isinstance(body, bytes):
        body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): str(value) for name, value in headers.items()}, body)


class Refused(Exception):
    """Ends the judging of a request with this answer."""

    def __init__(self, status, body=b"", **headers):
        super().__init__(f"{status} {body}")
        self.answer = answer(status, body, **headers)


def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


# What a receiver, or what stands before it, may do to a request that is in order. "stored" ones take it first: the sender cannot know.
FAULTS = {
    "429 seconds": lambda receiver: answer(429, "slow down", Retry_After=1),
    "429 date": lambda receiver: answer(429, "slow down", Retry_After=http_date(1)),
    "408": lambda receiver: answer(408, "too slow"),
    "503": lambda receiver: answer(503, "<html>unavailable</html>"),
    "502": lambda receiver: answer(502, "<html>bad gateway</html>"),
}
WITHOUT_ANSWER = ("reset", "stored reset", "stored cut", "slow")


def unpack(coding, body):
    if coding is None:
        return body
    try:
        if coding == "gzip":
            return gzip.decompress(body)
        if coding == "zstd":
            return unpack_zstd(body)
    except (OSError, EOFError, ValueError) as error:
        raise Refused(400, f"the body is not {coding}: {error}") from error
    raise Refused(415, f"content coding {coding}")


def unpack_zstd(body, limit=32 << 20):
    library = ctypes.CDLL(ctypes.util.find_library("zstd"))
    library.ZSTD_decompress.restype = ctypes.c_size_t
    output = ctypes.create_string_buffer(limit)
    size = library.ZSTD_decompress(output, ctypes.c_size_t(limit), body, ctypes.c_size_t(len(body)))
    if library.ZSTD_isError(ctypes.c_size_t(size)):
        raise ValueError("damaged, or too long")
    return output.raw[:size]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return http_date(self.server.receiver.clock_off)

    def parse(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        if "transfer-encoding" in headers:
            raise Refused(411, "chunked bodies are not taken")
        if "expect" in headers:
            raise Refused(417, "no expectations")
        packed = self.rfile.read(int(headers.get("content-length", 0)))
        if len(packed) < int(headers.get("content-length", 0)):
            raise ConnectionError("the request broke off")
        path, _, query = self.path.partition("?")
        body = unpack(headers.get("content-encoding"), packed)
        return Request(self.command, path, query, headers, body, packed)

    def serve(self):
        receiver = self.server.receiver
        try:
            request = self.parse()
        except Refused as refused:
            receiver.note_wrong(refused)
            return self.give(refused.answer)
        except (ConnectionError, OSError):
            self.close_connection = True
            return None
        fault = receiver.next_fault(request)
        if fault in FAULTS:
            return self.give(FAULTS[fault](receiver))
        if fault == "reset":
            return self.reset()
        if fault == "slow":
            time.sleep(receiver.slow_seconds)
        taken = receiver.judge(request)
        if fault == "stored reset" or receiver.is_down:
            return self.reset()
        if fault == "stored cut":
            return self.cut(taken)
        return self.give(taken)

    do_POST = do_PUT = do_GET = do_HEAD = serve

    def give(self, taken):
        self.send_response(taken.status)
        for name, value in taken.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(taken.body)))
        self.end_headers()
        self.wfile.write(taken.body)

    def cut(self, taken):
        self.send_response(taken.status)
        self.send_header("Content-Length", str(len(taken.body) + 10))
        self.end_headers()
        self.wfile.write(taken.body[:len(taken.body) // 2])
        self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # a connection that broke off, as it is meant


class Receiver:
    """start, stop, kill, restart; seen() is what it has, in order, as (id, event)."""

    max_body = 1 << 20  # unpacked
    slow_seconds = 0.3
    clock_off = 0  # seconds that its Date is ahead

    def __init__(self):
        self.lock = threading.RLock()
        self.taken, self.wrong, self.requests = [], [], []
        self.faults, self.share, self.random = [], 0.0, random.Random(7)
        self.share_kinds = (*FAULTS, *WITHOUT_ANSWER)
        self.server, self.port, self.connections, self.is_down = None, free_port(), set(), True
        self.start()

    # ---- Its life

    def start(self):
        receiver = self

        class Tracking(Server):
            def process_request(self, request, client_address):
                with receiver.lock:
                    receiver.connections.add(request)
                super().process_request(request, client_address)

        self.server = Tracking(("127.0.0.1", self.port), Handler)
        self.server.receiver = self
        self.is_down = False
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def kill(self):
        """No exchange that is under way gets its answer."""
        self.is_down = True
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            connections, self.connections = self.connections, set()
        for connection in connections:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # closed already

    stop = kill

    def restart(self):
        self.kill()
        self.start()

    # ---- Faults

    def fault(self, kind, times=1):
        """The next requests meet it."""
        with self.lock:
            self.faults += [kind] * times

    def misbehave(self, share, kinds=None):
        """So large a share of all requests meets a fault by chance."""
        self.share, self.share_kinds = share, kinds or self.share_kinds

    def next_fault(self, request):
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            return self.random.choice(self.share_kinds) if self.random.random() < self.share else None

    # ---- Judging

    def judge(self, request):
        with self.lock:
            self.requests.append(request)
            if len(request.body) > self.max_body:
                return answer(413, "<html>413 Request Entity Too Large</html>")
            try:
                return self.take(request)
            except Refused as refused:
                self.note_wrong(refused)
                return refused.answer

    def note_wrong(self, refused):
        """What a right client never does; a test looks at it."""
        with self.lock:
            self.wrong.append(f"{refused}")

    def take(self, request):
        raise NotImplementedError

    def keep(self, identity, event):
        self.taken.append((identity, event))

    def seen(self):
        with self.lock:
            return list(self.taken)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def want(condition, status, body, **headers):
    if not condition:
        raise Refused(status, body, **headers)


def parse_json(text, status=400):
    """Strict: no key twice, valid UTF-8."""
    def pairs(members):
        keys = [key for key, _ in members]
        want(len(set(keys)) == len(keys), status, f"a key twice: {keys}")
        return dict(members)
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text, object_pairs_hook=pairs)
    except (ValueError, UnicodeDecodeError) as error:
        raise Refused(status, f"no JSON: {error}") from error
