"""Redis, NATS, RabbitMQ and Kafka's mock."""
import struct
import subprocess

from receivers.pipelined import at_once, connect, lines_with, send
from receivers.receiver import Receiver, events_of
from servers.kafka import Kafka as MockKafka
from servers.nats import Nats as NatsServer
from servers.rabbitmq import METHOD, RabbitMQ, short_text
from servers.redis_server import RedisServer


class Redis(Receiver):
    alone = "4 connections, 1,000 unanswered each"

    def start(self):
        self.server = RedisServer(self.world).start()
        return self

    def sink(self):
        return f'sink "trial" {{ type = "redis", target = "redis://127.0.0.1:{self.server.port}", key = "events" }}'

    def count(self):
        return int(self.server.ask("XLEN", "events")[0])

    def deliver(self, commands):
        with connect(self.server.port) as connection:
            send(connection, commands, 1000, lines_with(b"$"))

    def prepare(self, lines):
        commands = []
        for name, text in events_of(lines):
            words = (b"XADD", b"again", b"*", b"id", name, b"event", text)
            commands.append(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return lambda: at_once(self.deliver, commands, 4)


class Nats(Receiver):
    alone = "1,000 unanswered, as bytes"

    def start(self):
        self.server = NatsServer(self.world).start()
        self.server.add_stream()
        return self

    def sink(self):
        return (f'sink "trial" {{ type = "nats", servers = {{ "127.0.0.1:{self.server.port}" }}, tls = false, stream = "EVENTS", '
                f'subject = "postern.%{{account}}.%{{source}}" }}')

    def count(self):
        with self.server.client() as client:
            return client.ask("STREAM.INFO.EVENTS")["state"]["messages"]

    def prepare(self, lines):
        messages = []
        for name, text in events_of(lines):
            head = b"NATS/1.0\r\nNats-Msg-Id: again-%s\r\n\r\n" % name
            messages.append(b"HPUB postern.acme.again bench.answers %d %d\r\n%s%s\r\n" % (len(head), len(head) + len(text), head, text))

        def deliver():
            with connect(self.server.port) as connection:
                connection.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB bench.answers 1\r\nPING\r\n')
                answer = b""
                while not answer.endswith(b"PONG\r\n"):
                    answer += connection.recv(4096)
                send(connection, messages, 1000, lines_with(b'"seq":'))

        return deliver


class Confirms:
    """Counts what basic.ack frames confirm: one message, or all up to one."""

    def __init__(self):
        self.alone, self.below = set(), 0  # confirmed: one by one; all up to this

    def take(self, tag, multiple):
        before = self.below + len(self.alone)
        if multiple:
            self.below = tag
            self.alone = {one for one in self.alone if one > tag}
        else:
            self.alone.add(tag)
        while self.below + 1 in self.alone:
            self.below += 1
            self.alone.remove(self.below)
        return self.below + len(self.alone) - before

    def __call__(self, data):
        at = count = 0
        while len(data) - at >= 8:
            kind, _, size = struct.unpack_from(">BHI", data, at)
            if len(data) - at < size + 8:
                break
            if kind == METHOD and struct.unpack_from(">HH", data, at + 7) == (60, 80):
                count += self.take(*struct.unpack_from(">QB", data, at + 11))
            at += size + 8
        return count, at


class Amqp(Receiver):
    alone = "1,000 unconfirmed, as bytes"

    def start(self):
        self.server = RabbitMQ(self.world).start()
        for queue in ("events", "again"):
            with self.server.client() as client:
                client.declare_queue(queue)
        return self

    def sink(self):
        secret = self.server.folder / "password"
        secret.write_text("right-word")
        return (f'sink "trial" {{ type = "amqp", servers = {{ "127.0.0.1:{self.server.port}" }}, tls = false, user = "writer", '
                f'password = file "{secret}", routing_key = "events" }}')

    def count(self):
        with self.server.client() as client:
            return client.count("events")

    @staticmethod
    def message(name, text):
        def frame(kind, payload):
            return struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce"
        publish = struct.pack(">HHH", 60, 40, 0) + short_text("") + short_text("again") + b"\0"
        # content type, delivery mode (persistent) and message id
        properties = struct.pack(">HHQH", 60, 0, len(text), 0x9080) + short_text("application/json") + b"\2" + short_text(name.decode())
        return frame(1, publish) + frame(2, properties) + frame(3, text)

    def prepare(self, lines):
        messages = [self.message(name, text) for name, text in events_of(lines)]

        def deliver():
            with self.server.client() as client:
                client.call((85, 10), b"\0")
                send(client.socket, messages, 1000, Confirms())

        return deliver


class Kafka(Receiver):
    """The broker is the library's mock, which keeps what it gets in memory."""

    alone = "kcat -P, idempotent"

    def start(self):
        self.server = MockKafka(self.world).add_topic("events", 4).add_topic("again", 4)
        return self

    def sink(self):
        servers = ", ".join(f'"{one}"' for one in self.server.servers.split(","))
        return f'sink "trial" {{ type = "kafka", servers = {{ {servers} }}, tls = false, topic = "events" }}'

    def prepare(self, lines):
        command = ["kcat", "-P", "-q", "-b", self.server.servers, "-t", "again", "-z", "zstd", "-X", "enable.idempotence=true",
                   "-X", "linger.ms=20", "-l", str(lines)]
        return lambda: subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
