"""librdkafka's mock cluster of three brokers in a process of its own (mock_kafka.c), read back with kcat."""
import contextlib
import subprocess

from harness import check, patience
from trial import ids_in

PRODUCE, METADATA = 0, 3
BROKERS = (1, 2, 3)


class Kafka:
    def __init__(self, world):
        self.world = world
        self.process = subprocess.Popen([world.program("mock-kafka")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        world.processes.append(self.process)
        self.servers = self.process.stdout.readline().strip()
        check(self.servers, "the mock cluster does not start")

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        check(answer == "ok", f"{command}: {answer}")

    def add_topic(self, name, partitions=4):
        self.do(f"topic {name} {partitions}")
        return self

    def fail_next(self, code, count, request=PRODUCE):
        self.do(f"error {request} {code} {count}")

    # Troubles for the trial: each is a context in which the cluster is in trouble.

    @contextlib.contextmanager
    def one_down(self):
        self.do("down 1")
        try:
            yield
        finally:
            self.do("up 1")

    @contextlib.contextmanager
    def all_down(self):
        for broker in BROKERS:
            self.do(f"down {broker}")
        try:
            yield
        finally:
            for broker in BROKERS:
                self.do(f"up {broker}")

    def answering(self, code, count):
        @contextlib.contextmanager
        def trouble():
            self.fail_next(code, count)
            yield

        return trouble

    def read(self, topic, form="%s"):
        """What kcat prints of each message, in the form that it takes; one message a line."""
        done = subprocess.run(["kcat", "-C", "-q", "-e", "-b", self.servers, "-t", topic, "-o", "beginning", "-f", form + r"\n"],
                              capture_output=True, text=True, timeout=patience(120), check=False)
        check(done.returncode == 0, lambda: f"kcat: {done.stderr}")
        return done.stdout.splitlines()

    def seen(self, topic="events"):
        return [name for line in self.read(topic) for name in ids_in(line)]
