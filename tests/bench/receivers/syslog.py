"""rsyslog, which writes each message to two files before it answers: over TCP and over RELP."""
import time

from receivers.pipelined import at_once, connect, lines_with, send
from receivers.receiver import Receiver, events_of
from servers.rsyslog import Rsyslog

MESSAGE = b'<134>1 2026-11-27T04:00:00.123Z localhost postern - receipt [postern@32473 id="%s" account="acme" source="siem" type="receipt"] %s'


def messages_of(lines):
    return [MESSAGE % event for event in events_of(lines)]


class Syslog(Receiver):
    def start(self):
        self.server = Rsyslog(self.world).start()
        return self

    def sink(self):
        return f'sink "trial" {{ type = "syslog", target = "{self.scheme}://127.0.0.1:{self.port()}", max_size = "32KiB" }}'

    def written(self):
        raw = self.server.folder / "raw"
        return raw.stat().st_size if raw.exists() else 0

    def count(self):
        """TCP: the rest of what the receiver's system has is still to be read."""
        return self.server.raw().count(b"\n")


class Tcp(Syslog):
    alone, scheme = "octet-counted bytes", "tcp"

    def port(self):
        return self.server.tcp

    def prepare(self, lines):
        messages = messages_of(lines)
        data = b"".join(b"%d %s" % (len(message), message) for message in messages)
        whole = self.written() + sum(map(len, messages))

        def deliver():
            with connect(self.server.tcp) as connection:
                connection.sendall(data)
                while self.written() < whole:
                    time.sleep(0.001)

        return deliver


class Relp(Syslog):
    alone, scheme = "4 connections, 128 unanswered each", "relp"

    def port(self):
        return self.server.relp

    def deliver(self, messages):
        frames = [b"%d syslog %d %s\n" % (number, len(message), message) for number, message in enumerate(messages, 2)]
        with connect(self.server.relp) as connection:
            offer = b"relp_version=0\nrelp_software=bench\ncommands=syslog"
            connection.sendall(b"1 open %d %s\n" % (len(offer), offer))
            answer = b""
            while not (answer.startswith(b"1 rsp") and answer.endswith(b"commands=syslog\n")):
                answer += connection.recv(4096)
            send(connection, frames, 128, lines_with(b" rsp "))

    def prepare(self, lines):
        messages = messages_of(lines)
        return lambda: at_once(self.deliver, messages, 4)
