"""INSERT ... FORMAT JSONEachRow over HTTP, into a table that remembers the tokens of its last inserts."""
import json
import re
import urllib.parse

from servers.receiver import Receiver, answer, want

COLUMNS = {"id", "time", "account", "source", "type", "event"}


def exception(status, number, words):
    return answer(status, f"Code: {number}. DB::Exception: {words}\n", X_ClickHouse_Exception_Code=number)


class ClickHouse(Receiver):
    max_body = 32 << 20
    window = 1000

    def __init__(self, password="hush", table="mimecast"):
        self.password, self.table, self.tokens, self.known = password, table, [], 0
        self.fails_row = lambda row: False
        self.next_exceptions = []
        self.columns = sorted(COLUMNS)  # of the table, as it is described
        super().__init__()

    def ask(self, question):
        """A question that a client may put before it inserts: its answer, or None."""
        if question == "SELECT version() AS version FORMAT JSON":
            return answer(200, {"data": [{"version": "24.8.1.1"}], "rows": 1})
        table = re.fullmatch(r"DESCRIBE TABLE (\w+) FORMAT JSON", question)
        if table and table[1] != self.table:
            return exception(404, 60, f"Table default.{table[1]} does not exist")
        return answer(200, {"data": [{"name": name, "type": "String"} for name in self.columns]}) if table else None

    def take(self, request):
        if request.path == "/ping":
            return answer(200, "Ok.\n")
        want(request.headers.get("x-clickhouse-user") == "default", 401, "no user")
        if request.headers.get("x-clickhouse-key") != self.password:
            return exception(403, 516, "default: Authentication failed: password is incorrect")
        query = dict(urllib.parse.parse_qsl(request.query))
        want("password" not in query, 400, f"the query {sorted(query)}")
        asked = self.ask(query.get("query", "")) if request.method == "GET" else None
        if asked:
            return asked
        want(query.get("wait_end_of_query") == "1", 400, f"the query {sorted(query)}")
        into = re.fullmatch(r"INSERT INTO (\w+) FORMAT JSONEachRow", query.get("query", ""))
        want(into and request.method == "POST" and request.path == "/", 400, "the query")
        if into[1] != self.table:
            return exception(404, 60, f"Table default.{into[1]} does not exist")
        if self.next_exceptions:
            return exception(500, *self.next_exceptions.pop(0))
        token = query.get("insert_deduplication_token", "")
        want(re.fullmatch(r"[0-9a-f]{32}", token), 400, f"the token {token!r}")
        rows = []
        for number, line in enumerate(request.body.decode().splitlines(), 1):
            row = json.loads(line)
            want(set(row) <= COLUMNS, 400, f"columns {sorted(row)}")
            if self.fails_row(row):
                return exception(400, 41, f"Cannot parse DateTime: (at row {number})\n")
            rows.append(row)
        if token in self.tokens[-self.window:]:
            self.known += 1
            return answer(200)
        self.tokens.append(token)
        for row in rows:
            self.keep(row["id"], json.loads(row["event"]))
        return answer(200)
