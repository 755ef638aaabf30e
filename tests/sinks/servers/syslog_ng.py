"""The real syslog-ng. Its package conflicts with rsyslog's, so it is not installed but fetched and unpacked into the build folder,
once."""
import fcntl
import os
import pathlib
import subprocess

from harness import check, free_port
from servers.process import Server, listens
from trial import ids_in

PACKAGES = ("syslog-ng-core", "libivykis0", "libnet1", "libwrap0", "libpcre3")
CONFIGURATION = """@version: 3.38
options {{ flush-lines(1); log-msg-size(65536); keep-hostname(yes); stats-freq(0); }};
source octet {{ syslog(ip("127.0.0.1") port({octet}) transport("{transport}") max-connections(50) {tls}); }};
source lines {{ network(ip("127.0.0.1") port({lines}) transport("tcp") max-connections(50)); }};
source stream {{ unix-stream("{folder}/stream" flags(syslog-protocol)); }};
source datagrams {{ unix-dgram("{folder}/datagrams" flags(syslog-protocol)); }};
destination file {{ file("{folder}/messages" template("${{HOST}}|${{PROGRAM}}|${{MSGID}}|${{LEVEL}}|${{MSG}}\\n")); }};
log {{ source(octet); source(lines); source(stream); source(datagrams); destination(file); }};
"""


def unpacked(build):
    """The folder with syslog-ng in it."""
    folder = pathlib.Path(build) / "syslog-ng"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            done = subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, capture_output=True, text=True)
            check(done.returncode == 0, f"syslog-ng cannot be fetched: {done.stderr}")
            for package in folder.glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
            (folder / "done").touch()
    return folder / "root"


class SyslogNg(Server):
    def __init__(self, world, name="syslog-ng", certificates=None):
        super().__init__(world, name)
        self.root, self.octet, self.lines = unpacked(world.build), free_port(), free_port()
        tls = "" if not certificates else (f'tls(key-file("{certificates.server_key}") cert-file("{certificates.server}") '
                                           f'ca-file("{certificates.authority}") peer-verify(required-trusted))')
        (self.folder / "syslog-ng.conf").write_text(CONFIGURATION.format(
            folder=self.folder, octet=self.octet, lines=self.lines, tls=tls, transport="tls" if certificates else "tcp"))

    def environment(self):
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(str(path.parent) for path in self.root.rglob("lib*.so.*"))}

    def command(self):
        modules = next(self.root.rglob("syslog-ng/*/libafsocket.so"), None) or next(self.root.rglob("libafsocket.so"))
        return (self.root / "usr/sbin/syslog-ng", "-F", "-f", self.folder / "syslog-ng.conf", f"--module-path={modules.parent}",
                f"--persist-file={self.folder}/persist", f"--control={self.folder}/control", f"--pidfile={self.folder}/pid", "--no-caps")

    def is_ready(self):
        return listens(self.octet) and listens(self.lines) and (self.folder / "stream").exists()

    def messages(self):
        file = self.folder / "messages"
        return file.read_bytes() if file.exists() else b""

    def seen(self):
        return ids_in(self.messages())
