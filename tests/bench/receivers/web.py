"""The sinks over HTTP, before a receiver that only unpacks, counts and agrees. Directly: the recorded requests once more, as bytes over
one connection after the other."""
import gzip
import re
import subprocess

from receivers.pipelined import connect
from receivers.receiver import Receiver
from servers.service_account import ServiceAccount

LENGTH = re.compile(rb"\r\nContent-Length: *(\d+)", re.IGNORECASE)


def requests_of(data):
    """The requests of a record, one by one."""
    at = 0
    while at < len(data):
        end = data.index(b"\r\n\r\n", at) + 4
        length = LENGTH.search(data, at, end)
        last = end + (int(length[1]) if length else 0)
        yield data[at:end], data[end:last]
        at = last


class Web(Receiver):
    alone = "the same requests, as bytes"
    options = ""

    def start(self):
        self.record = self.world.path / "requests"
        self.record.touch()
        self.process = subprocess.Popen([self.world.program("bench_http_receiver"), str(self.record)], stdout=subprocess.PIPE, text=True)
        self.world.processes.append(self.process)
        self.port = int(self.process.stdout.readline())
        self.world.variables["BENCH_SECRET"] = "hush"
        return self

    def sink(self):
        return f'sink "trial" {{ type = "{self.kind}", {self.options.format(url=f"http://127.0.0.1:{self.port}")} }}'

    def requests(self):
        return [head + body for head, body in requests_of(self.record.read_bytes())]

    def count(self):
        events = 0
        for head, body in requests_of(self.record.read_bytes()):
            body = gzip.decompress(body) if b"\r\nContent-Encoding: gzip" in head else body
            events += body.count(self.mark)
        return events

    def prepare(self, lines):
        requests = self.requests()
        self.record.unlink()

        def send():
            with connect(self.port) as connection:
                answers = connection.makefile("rb")
                for request in requests:
                    connection.sendall(request)
                    size = 0
                    while (line := answers.readline()) not in (b"\r\n", b""):
                        if line.lower().startswith(b"content-length:"):
                            size = int(line[15:])
                    answers.read(size)

        return send


class Webhook(Web):
    kind, mark = "webhook", b"\n"
    options = 'url = "{url}/in"'


class Elasticsearch(Web):
    kind, mark = "elasticsearch", b'{"create":'
    options = 'url = "{url}"'


class OpenSearch(Elasticsearch):
    kind = "opensearch"


class Splunk(Web):
    kind, mark = "splunk_hec", b'"sourcetype":"postern:json"'
    options = 'url = "{url}", token = env "BENCH_SECRET"'


class LogScale(Web):
    kind, mark = "logscale", b'"sourcetype":"postern:json"'
    options = 'url = "{url}", token = env "BENCH_SECRET"'


class Datadog(Web):
    kind, mark = "datadog", b'"ddsource":'
    options = 'url = "{url}", token = env "BENCH_SECRET"'


class ClickHouse(Web):
    kind, mark = "clickhouse", b"\n"
    options = 'url = "{url}", table = "mimecast"'


class Sentinel(Web):
    kind, mark = "sentinel", b'"TimeGenerated":'
    options = ('endpoint = "{url}", authority = "{url}", tenant = "t", client_id = "c", client_secret = env "BENCH_SECRET", '
               'dcr = "dcr-0123456789abcdef0123456789abcdef", stream = "Custom-Mimecast"')


class Otlp(Web):
    kind, mark = "otlp", b"log.record.uid"
    options = 'url = "{url}"'


class Sumo(Web):
    kind, mark = "sumo", b"\n"

    def sink(self):
        self.world.variables["BENCH_URL"] = f"http://127.0.0.1:{self.port}/receiver/v1/http/key"
        return 'sink "trial" { type = "sumo", url = env "BENCH_URL" }'


class Axiom(Web):
    kind, mark = "axiom", b'"@timestamp":'
    options = 'url = "{url}", dataset = "mimecast", token = env "BENCH_SECRET"'


class Cortex(Web):
    kind, mark = "cortex", b"\n"
    options = 'url = "{url}/logs/v1/event", token = env "BENCH_SECRET"'


class Loki(Web):
    kind, mark = "loki", b'"postern_id":'
    options = 'url = "{url}"'


class GoogleSecops(Web):
    kind, mark = "google_secops", b'"data":'
    options = ('endpoint = "{url}", project = "p", location = "eu", customer = "c", log_type = "MIMECAST_MAIL", '
               'service_account = env "BENCH_ACCOUNT"')

    def start(self):
        super().start()
        account = ServiceAccount(self.world.path, f"http://127.0.0.1:{self.port}/token", "https://www.googleapis.com/auth/cloud-platform")
        self.world.variables["BENCH_ACCOUNT"] = account.key_file
        return self
