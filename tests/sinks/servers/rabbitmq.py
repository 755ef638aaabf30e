"""RabbitMQ with an epmd of its own, and as much of AMQP 0-9-1 as declares queues and reads them."""
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import time

from harness import check, free_port, patience, wait_until
from servers.process import Server, listens
from trial import ids_in

BIN = "/usr/lib/rabbitmq/bin"
METHOD, HEADER, BODY = 1, 2, 3
ASKED_AT_ONCE = 200
PREFETCHED = 1000
CONNECTION_START, CONNECTION_TUNE, CONNECTION_OPEN_OK = (10, 10), (10, 30), (10, 41)


def short_text(text):
    return bytes([len(text)]) + text.encode()


def long_text(data):
    return struct.pack(">I", len(data)) + data


def table(values):
    """Numbers and texts."""
    return long_text(b"".join(short_text(name) + (b"l" + struct.pack(">q", value) if isinstance(value, int)
                                                  else b"S" + long_text(value.encode())) for name, value in values.items()))


class Client:
    """One connection with one channel, without the library that the sink speaks through."""

    def __init__(self, port, user, password):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience(30))
        self.file = self.socket.makefile("rb")
        self.socket.sendall(b"AMQP\0\0\x09\x01")
        self.receive(CONNECTION_START)
        self.send((10, 11), table({}) + short_text("PLAIN") + long_text(f"\0{user}\0{password}".encode()) + short_text("en_US"), channel=0)
        channels, frame, _ = struct.unpack(">HIH", self.receive(CONNECTION_TUNE)[:8])
        self.send((10, 31), struct.pack(">HIH", channels, frame, 0), channel=0)
        self.send((10, 40), short_text("/") + short_text("") + b"\0", channel=0)
        self.receive(CONNECTION_OPEN_OK)
        self.call((20, 10), short_text(""))

    def send(self, method, arguments, channel=1):
        body = struct.pack(">HH", *method) + arguments
        self.socket.sendall(struct.pack(">BHI", METHOD, channel, len(body)) + body + b"\xce")

    def frame(self):
        while True:
            kind, _, size = struct.unpack(">BHI", self.file.read(7))
            payload = self.file.read(size + 1)[:-1]
            if kind in (METHOD, HEADER, BODY):
                return kind, payload

    def receive(self, method):
        """The arguments of the method that must come next."""
        kind, payload = self.frame()
        check(kind == METHOD and struct.unpack(">HH", payload[:4]) == method, f"instead of {method} comes {payload[:200]}")
        return payload[4:]

    def call(self, method, arguments):
        self.send(method, arguments)
        return self.receive((method[0], method[1] + 1))

    def declare_exchange(self, name, kind="topic"):
        self.call((40, 10), b"\0\0" + short_text(name) + short_text(kind) + b"\x02" + table({}))

    def declare_queue(self, name, exchange=None, key="#", **arguments):
        """Durable; bound to an exchange. How many messages it holds."""
        arguments = {f"x-{word.replace('_', '-')}": value for word, value in arguments.items()}
        answer = self.call((50, 10), b"\0\0" + short_text(name) + b"\x02" + table(arguments))
        if exchange:
            self.call((50, 20), b"\0\0" + short_text(name) + short_text(exchange) + short_text(key) + b"\0" + table({}))
        return struct.unpack(">I", answer[1 + answer[0]:5 + answer[0]])[0]

    def count(self, queue):
        answer = self.call((50, 10), b"\0\0" + short_text(queue) + b"\x01" + table({}))
        return struct.unpack(">I", answer[1 + answer[0]:5 + answer[0]])[0]

    def delete_queue(self, name):
        self.call((50, 40), b"\0\0" + short_text(name) + b"\0")

    def read(self, queue):
        """All messages, which stay there: properties as they were sent, routing key, text. Each is asked for, as to a consumer a quorum
        queue gives no more than 2,000 that are not acknowledged; but many questions are under way at once."""
        count, messages = self.count(queue), []
        while len(messages) < count:
            some = min(ASKED_AT_ONCE, count - len(messages))
            for _ in range(some):
                self.send((60, 70), b"\0\0" + short_text(queue) + b"\0")
            messages += [self.message() for _ in range(some)]
        return messages

    def message(self):
        delivery = self.receive((60, 71))
        at = 8 + 1
        at += 1 + delivery[at]
        key = delivery[at + 1:at + 1 + delivery[at]].decode()
        properties, body = self.content()
        return properties, key, body

    def content(self):
        properties, body = self.frame()[1], b""
        size = struct.unpack(">Q", properties[4:12])[0]
        while len(body) < size:
            body += self.frame()[1]
        return properties[12:], body

    def take(self, queue):
        """The texts of all messages, as a consumer gets and acknowledges them: the way to read very many. They are gone then."""
        count, texts = self.count(queue), []
        self.call((60, 10), struct.pack(">IHB", 0, PREFETCHED, 0))
        self.call((60, 20), b"\0\0" + short_text(queue) + short_text("reader") + b"\0" + table({}))
        while len(texts) < count:
            tag = self.receive((60, 60))[len(short_text("reader")):][:8]
            texts.append(self.content()[1])
            if len(texts) == count or len(texts) % (PREFETCHED // 2) == 0:
                self.send((60, 80), tag + b"\x01")
        self.send((60, 30), short_text("reader") + b"\0")
        while self.frame()[1][:4] != struct.pack(">HH", 60, 31):
            pass  # what has come meanwhile goes back into the queue; before it, all is acknowledged
        return texts

    def close(self):
        self.file.close()
        self.socket.close()


class RabbitMQ(Server):
    def __init__(self, world, settings="", tls=False):
        super().__init__(world, "rabbitmq")
        self.port = free_port()
        self.taken = []
        self.epmd_port, self.tls_port = free_port(), free_port()
        keys = world.certificates
        if tls:
            settings += (f"\nlisteners.ssl.1 = 127.0.0.1:{self.tls_port}\nlisteners.ssl.2 = 127.0.0.2:{self.tls_port}\n"
                         f"ssl_options.cacertfile = {keys}/ca.pem\nssl_options.certfile = {keys}/server.pem\n"
                         f"ssl_options.keyfile = {keys}/server.key\n")
        definitions = {"vhosts": [{"name": "/"}],
                       "users": [{"name": name, "password": "right-word", "tags": []} for name in ("writer", "stranger")],
                       "permissions": [{"user": "writer", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"},
                                       {"user": "stranger", "vhost": "/", "configure": "", "write": "", "read": ""}]}
        (self.folder / "definitions.json").write_text(json.dumps(definitions))
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
                                                   f"load_definitions = {self.folder}/definitions.json\nlog.console = false\n"
                                                   f"disk_free_limit.absolute = 1MB\n{settings}\n")
        self.node = f"trial{self.port}@localhost"
        self.variables = {"RABBITMQ_NODENAME": self.node, "RABBITMQ_MNESIA_BASE": f"{self.folder}/mnesia", "RABBITMQ_LOG_BASE": f"{self.folder}/log",
                          "RABBITMQ_CONFIG_FILE": f"{self.folder}/rabbitmq", "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self.folder}/plugins",
                          "RABBITMQ_PID_FILE": f"{self.folder}/pid", "RABBITMQ_DIST_PORT": str(free_port()), "HOME": str(self.folder),
                          "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(self.epmd_port),
                          "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +S 2:2"}
        self.epmd = subprocess.Popen(["epmd", "-address", "127.0.0.1", "-port", str(self.epmd_port)], stdin=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        world.processes += [self.epmd, self]
        wait_until(lambda: listens(self.epmd_port), "epmd listens")

    def environment(self):
        return {**os.environ, **self.variables}

    def command(self):
        return (f"{BIN}/rabbitmq-server",)

    def is_ready(self):
        with contextlib.suppress(OSError, struct.error), self.client():
            return True
        return False

    def is_forgotten(self):
        """epmd has noticed that the last one ended: until then no other may have its name."""
        names = subprocess.run(["epmd", "-port", str(self.epmd_port), "-names"], capture_output=True, text=True, check=False).stdout
        return f"name trial{self.port} " not in names

    def start(self):
        wait_until(self.is_forgotten, "the name of the node is free")
        return super().start()

    def tell(self, number):
        """To the process that does the work, a child of the script that was started."""
        os.kill(int((self.folder / "pid").read_text()), number)

    def stop(self, number=signal.SIGTERM):
        self.tell(number)
        self.process.wait(patience(60))
        (self.folder / "pid").unlink(missing_ok=True)

    def kill(self):
        self.stop(signal.SIGKILL)

    # As the world ends it with a test: what does the work is no child of the test's.

    def poll(self):
        return self.process.poll() if self.process else 0

    def wait(self):
        return self.process.wait() if self.process else 0

    @contextlib.contextmanager
    def standing_still(self, seconds=0.5):
        self.tell(signal.SIGSTOP)
        try:
            time.sleep(seconds)
            yield
        finally:
            self.tell(signal.SIGCONT)

    @contextlib.contextmanager
    def client(self):
        with contextlib.closing(Client(self.port, "writer", "right-word")) as client:
            yield client

    def control(self, *words):
        done = subprocess.run([f"{BIN}/rabbitmqctl", "-q", *words], env=self.environment(), capture_output=True, text=True,
                              timeout=patience(60))
        check(done.returncode == 0, lambda: f"rabbitmqctl {words}: {done.stdout} {done.stderr}")

    def seen(self, queue="events"):
        """All that was ever in it, to be called again and again."""
        with self.client() as client:
            self.taken += [name for text in client.take(queue) for name in ids_in(text)]
        return self.taken
