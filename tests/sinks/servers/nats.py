"""nats-server with JetStream, and as much of its protocol as reads and administers streams."""
import collections
import contextlib
import json
import socket
import ssl
import uuid

from harness import check, free_port
from servers.process import Server
from trial import ids_in

HOURS = 3600 * 10**9


class Client:
    """One connection, without the library that the sink speaks through."""

    def __init__(self, host, port, login, ca_file):
        self.socket = socket.create_connection((host, port), timeout=30)
        while self.socket.recv(1) != b"\n":  # INFO; nothing else comes before the answer to it
            pass
        if ca_file:
            context = ssl.create_default_context(cafile=ca_file)
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        self.send("CONNECT " + json.dumps({"verbose": False, "headers": True, "no_responders": True, **login}))
        self.answers, self.stored = f"answers.{uuid.uuid4()}", f"stored.{uuid.uuid4()}"
        self.waiting = {b"1": collections.deque(), b"2": collections.deque()}
        self.send(f"SUB {self.answers} 1")
        self.send(f"SUB {self.stored} 2")

    def send(self, line, body=None):
        self.socket.sendall(line.encode() + b"\r\n" + (b"" if body is None else body + b"\r\n"))

    def receive(self, inbox=b"2"):
        """The next message there: its headers and text. What comes meanwhile at the other waits its turn."""
        while not self.waiting[inbox]:
            words = self.file.readline().split()
            check(words and words[0] != b"-ERR", f"the server says {words}")
            if words[0] == b"PING":
                self.send("PONG")
            elif words[0] in (b"MSG", b"HMSG"):
                head = int(words[-2]) if words[0] == b"HMSG" else 0
                data = self.file.read(int(words[-1]) + 2)
                self.waiting[words[2]].append((data[:head], data[head:-2]))
        return self.waiting[inbox].popleft()

    def ask(self, subject, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        self.send(f"PUB $JS.API.{subject} {self.answers} {len(text)}", text)
        answer = json.loads(self.receive(b"1")[1])
        check("error" not in answer, f"{subject}: {answer}")
        return answer

    def close(self):
        self.file.close()
        self.socket.close()


class Nats(Server):
    def __init__(self, world, settings="", login=None, tls=False, host="127.0.0.1"):
        self.host, self.port, keys = host, free_port(), world.certificates
        super().__init__(world, f"nats-{self.port}")
        self.login, self.ca_file = login or {}, keys / "ca.pem" if tls else None
        if tls:
            settings += f'\ntls {{ cert_file: "{keys}/server.pem", key_file: "{keys}/server.key" }}'
        (self.folder / "server.conf").write_text(f'listen: "{host}:{self.port}"\njetstream {{ store_dir: "{self.folder}/store" }}\n'
                                                 f"{settings}\n")

    def command(self):
        return "nats-server", "-c", self.folder / "server.conf"

    def is_ready(self):
        """It says hello once it has its streams."""
        with contextlib.suppress(OSError), self.client():
            return True
        return False

    @contextlib.contextmanager
    def client(self):
        with contextlib.closing(Client(self.host, self.port, self.login, self.ca_file)) as client:
            yield client

    def add_stream(self, name="EVENTS", subjects=("postern.>",), window=2 * HOURS, **more):
        with self.client() as client:
            client.ask(f"STREAM.CREATE.{name}", {"name": name, "subjects": list(subjects), "storage": "file", "retention": "limits",
                                                 "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0, "num_replicas": 1,
                                                 "duplicate_window": window, **more})

    def remove_stream(self, name="EVENTS"):
        with self.client() as client:
            client.ask(f"STREAM.DELETE.{name}")

    def messages(self, stream="EVENTS"):
        """All that the stream holds: headers and text of each."""
        with self.client() as client:
            count = client.ask(f"STREAM.INFO.{stream}")["state"]["messages"]
            client.ask(f"CONSUMER.CREATE.{stream}", {"stream_name": stream, "config": {
                "deliver_subject": client.stored, "deliver_policy": "all", "ack_policy": "none"}})
            return [client.receive() for _ in range(count)]

    def seen(self):
        return [name for _, text in self.messages() for name in ids_in(text)]
