"""PostgreSQL and SQLite: directly, the very rows by COPY and .import into a table of the same form."""
import subprocess

from receivers.receiver import Receiver
from servers.postgresql import PostgreSQL


class Postgres(Receiver):
    alone = r"psql \copy"

    def start(self):
        self.server = PostgreSQL().start()
        self.world.processes.append(self)
        return self

    def sink(self):
        return self.server.sink("trial", more=", create_table = true")

    def count(self):
        return int(self.server.rows("SELECT count(*) FROM events")[0])

    def prepare(self, lines):
        rows = self.server.folder / "rows"
        self.server.psql(f"\\copy events to '{rows}'")
        self.server.psql("CREATE TABLE again (LIKE events INCLUDING ALL)")
        return lambda: self.server.psql(f"\\copy again from '{rows}'")

    # As the world ends what it started.

    def poll(self):
        return self.server.process.poll()

    def kill(self):
        self.server.stop()

    def wait(self):
        self.server.stop()


class Sqlite(Receiver):
    alone = "sqlite3 .import"

    def start(self):
        self.path = self.world.path / "events.db"
        return self

    def do(self, path, *commands):
        done = subprocess.run(["sqlite3", str(path), *commands], capture_output=True, text=True, check=True)
        return done.stdout

    def sink(self):
        return f'sink "trial" {{ type = "sqlite", path = "{self.path}" }}'

    def count(self):
        return int(self.do(self.path, "SELECT count(*) FROM events"))

    def prepare(self, lines):
        rows, again = self.world.path / "rows.csv", self.world.path / "again.db"
        self.do(self.path, ".mode csv", f".output {rows}", "SELECT * FROM events")
        self.do(again, "PRAGMA journal_mode = WAL", self.do(self.path, "SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL"))
        return lambda: self.do(again, "PRAGMA synchronous = FULL", ".mode csv", f".import {rows} events")
