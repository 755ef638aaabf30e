"""A server that a test starts and ends: started again it has the same ports and the same folder."""
import contextlib
import os
import signal
import subprocess
import time

from harness import Failure, check, patience, stop_where_it_is, wait_until


def listens(port):
    """Without a connection, which a server would take for a client that broke off."""
    with open("/proc/net/tcp") as table:
        return any(f"0100007F:{port:04X} 00000000:0000 0A " in line for line in table)


def connections(port):
    """How many are open to it."""
    with open("/proc/net/tcp") as table:
        return sum(line.split()[1] == f"0100007F:{port:04X}" and line.split()[3] == "01" for line in list(table)[1:])


class Server:
    """Below it: command(), and is_ready() once the process runs."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.folder = world.path / name
        self.folder.mkdir(mode=0o700)
        self.process = None

    def environment(self):
        return dict(os.environ)

    def start(self):
        log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen([str(word) for word in self.command()], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        cwd=self.folder, env=self.environment())
        self.world.processes.append(self.process)
        wait_until(lambda: self.process.poll() is not None or self.is_ready(), f"{self.name} is ready")
        check(self.process.poll() is None, lambda: f"{self.name} ended: {self.log()[-2000:]}")
        return self

    def log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def stop(self):
        """In order, as a service is stopped."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(patience(30))

    def kill(self):
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def killed(self, seconds=0.3):
        """Killed at once, and away for so long."""
        self.kill()
        time.sleep(seconds)
        self.start()
        yield

    @contextlib.contextmanager
    def restarted(self):
        self.stop()
        self.start()
        yield

    @contextlib.contextmanager
    def standing_still(self, seconds=0.5):
        """Stopped where it is, and let go on."""
        stop_where_it_is(self.process)
        try:
            time.sleep(seconds)
            yield
        finally:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGCONT)


def seen_all(expected, seen, seconds=60):
    """What has arrived, as soon as that is everything, or what it is when the time is over: a receiver writes when it likes."""
    with contextlib.suppress(Failure):
        wait_until(lambda: not set(expected) - set(seen()), "all has arrived", seconds)
    return seen()
