"""Many accounts whose vendor never says anything: for what starting and reloading cost by themselves."""
import contextlib
import socket
import sqlite3
import uuid

SOURCES = ("siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
KEYS = ("app_id", "app_key", "access_key", "secret_key")


class SilentFleet:
    """Each account has six streams and four secrets of its own. All lead to a port that takes connections and never answers."""

    def __init__(self, world, count, secrets="env"):
        self.world, self.secrets = world, secrets
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.config = world.config(*map(self.account, range(count)), http="starts_per_second = 1")

    def secret(self, number, key):
        text = str(uuid.uuid5(uuid.NAMESPACE_DNS, str(number))) if key == "app_id" else f"{number:08}".ljust(88, "x")
        if self.secrets == "env":
            self.world.variables[f"S{number}_{key}"] = text
            return f'env "S{number}_{key}"'
        path = self.world.path / "secrets" / f"{number}-{key}"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        return f'file "{path}"'

    def account(self, number):
        secrets = ", ".join(f"{key} = {self.secret(number, key)}" for key in KEYS)
        return f'account "customer-{number:05}" {{ api = 1, base_url = "{self.url}", {secrets} }}'

    def streams(self):
        """Of each account that the journal knows and that is configured: how many of its streams."""
        with contextlib.closing(sqlite3.connect(f"file:{self.world.state}/journal.db?mode=ro", uri=True)) as journal:
            return dict(journal.execute("SELECT a.name, count(s.id) FROM account a LEFT JOIN stream s ON s.account_id = a.id "
                                        "WHERE a.name LIKE 'customer-%' AND a.status != 'removed' GROUP BY a.id").fetchall())
