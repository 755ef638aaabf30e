"""A PostgreSQL of the test's own: on a free port of loopback and a socket, in a temporary directory."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from harness import check, free_port, stop_where_it_is, wait_until


def programs():
    """The newest that Debian has installed; none of them is on the PATH."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    check(folders, "postgresql-15 is not installed (tests/packages test)")
    return folders[-1]


class PostgreSQL:
    PASSWORD = "hush-password"

    def __init__(self, *settings, certificates=None):
        """`settings`: lines for postgresql.conf. `certificates`: it offers TLS with them."""
        self.bin, self.port = programs(), free_port()
        self.user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-postgresql-"))
        self.data, self.process = self.folder / "data", None
        secret = self.folder / "secret"
        secret.write_text(self.PASSWORD + "\n")
        own = [self.folder, secret]
        if certificates:
            own += [shutil.copy(certificates.server, self.folder / "certificate"), shutil.copy(certificates.server_key, self.folder / "key")]
            settings += ("ssl = on", f"ssl_cert_file = '{self.folder}/certificate'", f"ssl_key_file = '{self.folder}/key'")
        for path in own if self.user else ():
            shutil.chown(path, self.user)
        made = subprocess.run([self.bin / "initdb", "-D", self.data, "-U", "postern", "-A", "scram-sha-256", "--pwfile", secret,
                               "-E", "UTF8", "--locale=C", "--no-sync"], capture_output=True, text=True, user=self.user,
                              cwd=self.folder)
        check(made.returncode == 0, lambda: made.stdout + made.stderr)
        with open(self.data / "postgresql.conf", "a") as file:
            file.write("\n".join([f"unix_socket_directories = '{self.folder}'", "listen_addresses = '127.0.0.1'",
                                  "shared_buffers = 16MB", "max_connections = 20", "lc_messages = 'C'", *settings, ""]))

    def begin(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.bin / "postgres", "-D", self.data, "-p", str(self.port)], stdout=log, stderr=log,
                                            user=self.user, cwd=self.folder)

    def start(self):
        self.begin()
        wait_until(self.answers, lambda: "PostgreSQL is there: " + (self.folder / "log").read_text()[-2000:])
        return self

    def answers(self):
        if self.process.poll() is not None:  # those of its former life still hold its memory
            self.begin()
        return self.psql("SELECT 1", check_code=False).returncode == 0

    def psql(self, sql, check_code=True):
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                               "-U", "postern", "-d", "postgres"], input=sql, capture_output=True, text=True,
                              env={**os.environ, "PGPASSWORD": self.PASSWORD}, cwd=self.folder)
        check(not check_code or done.returncode == 0, lambda: f"{sql}: {done.stderr}")
        return done

    def rows(self, sql):
        return self.psql(sql).stdout.splitlines()

    def children(self):
        return [int(child) for child in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def kill(self):
        """As a machine that loses its power, but for its disk."""
        family = [*self.children(), self.process.pid]
        stop_where_it_is(self.process)  # it must not tidy up behind its children
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def restart(self):
        self.kill()
        self.start()

    def pause(self):
        for pid in [self.process.pid, *self.children()]:
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        for pid in [*self.children(), self.process.pid]:
            os.kill(pid, signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sink(self, name="files", table="events", more=""):
        """A declaration of a sink for it; the password is in a file beside."""
        return (f'sink "{name}" {{ type = "postgresql", host = "127.0.0.1:{self.port}", database = "postgres", '
                f'user = "postern", password = file "{self.folder}/secret", table = "{table}"{more} }}')

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
