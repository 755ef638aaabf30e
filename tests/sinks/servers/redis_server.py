"""The real redis-server, which keeps what it acknowledged (unless `sync` says otherwise)."""
import subprocess

from harness import check, free_port
from servers.process import Server, listens


class RedisServer(Server):
    def __init__(self, world, name="redis", sync="always", password=None, certificates=None, options=()):
        super().__init__(world, name)
        self.port, self.password, self.certificates = free_port(), password, certificates
        self.words = ["--bind", "127.0.0.1", "--dir", self.folder, "--appendonly", "yes", "--appendfsync", sync, "--save", "", *options]
        if password:
            self.words += ["--requirepass", password]
        if certificates:
            self.words += ["--port", 0, "--tls-port", self.port, "--tls-cert-file", certificates.server, "--tls-key-file",
                           certificates.server_key, "--tls-ca-cert-file", certificates.authority]
        else:
            self.words += ["--port", self.port]

    def command(self):
        return "redis-server", *self.words

    def is_ready(self):
        return listens(self.port) and self.ask("PING") == ["PONG"]

    def ask(self, *words, database=0):
        """The lines of an answer, by a client that is not ours."""
        command = ["redis-cli", "-p", self.port, "-n", database, *(["--no-auth-warning", "-a", self.password] if self.password else ())]
        if self.certificates:
            command += ["--tls", "--cacert", self.certificates.authority, "--cert", self.certificates.client, "--key",
                        self.certificates.client_key]
        done = subprocess.run([str(word) for word in (*command, *words)], capture_output=True, text=True)
        check(done.returncode == 0 or words == ("PING",), done.stderr)
        return done.stdout.splitlines()

    def entries(self, key, database=0):
        """(id of the entry, id of the event, event) of each."""
        lines = self.ask("--raw", "XRANGE", key, "-", "+", database=database)
        check(lines[1::5] == ["id"] * (len(lines) // 5) and lines[3::5] == ["event"] * (len(lines) // 5), lines[:10])
        return list(zip(lines[0::5], lines[2::5], lines[4::5]))
