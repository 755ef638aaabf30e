"""A receiver that is a program of its own: started on loopback, stopped, killed, paused, started again on the same port."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from harness import check, patience, wait_until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(host, port):
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Program:
    """`command(self)` is what to start, `is_ready(self)` whether it works; both are the server's own."""

    name = "the program"
    variables = {}

    def __init__(self, world, host="127.0.0.1"):
        check(shutil.which(self.program), f"{self.program} is not installed (tests/packages test)")
        self.world, self.host, self.port, self.process = world, host, free_port(), None
        self.folder = world.path / f"{self.name}-{self.port}"
        self.folder.mkdir()
        self.log = self.folder / "server.log"

    def is_ready(self):
        return listens(self.host, self.port)

    def launch(self):
        """Without waiting for it."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **self.variables}, cwd=self.folder)
        self.world.processes.append(self.process)

    def wait_until_ready(self):
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), f"{self.name} is ready")
        check(self.process.poll() is None, lambda: f"{self.name} does not start: {self.log.read_text(errors='replace')[-2000:]}")

    def start(self):
        self.launch()
        self.wait_until_ready()
        return self

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(patience(60))

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self, number=signal.SIGTERM):
        self.stop(number)
        self.start()

    # Troubles for the trial: each is a context in which the receiver is in trouble.

    @contextlib.contextmanager
    def killed(self):
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def killed_soon(self):
        """In the midst of what it is sent."""
        time.sleep(0.3)
        with self.killed():
            time.sleep(0.2)
        yield

    @contextlib.contextmanager
    def paused(self):
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
