"""A sink that sends over http/1 and counts with metrics/1: events arrive, what it counted is in `status --json`."""
import gzip
import http.server
import json
import threading

from harness import check, wait_until

SOURCES = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp", "siem")


class Receiver:
    """Takes posts on loopback; refuses the first one, with a Retry-After."""
    def __init__(self):
        self.lines, self.requests, self.connections = [], 0, set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.requests += 1
                receiver.connections.add(self.client_address)
                refused = receiver.requests == 1
                if not refused:
                    receiver.lines += body.decode().splitlines()
                self.send_response(503 if refused else 200)
                if refused:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?key=HIDDEN"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def series(world, config):
    metrics = world.status(config).get("metrics")
    return {} if not metrics else {(one["name"], one["labels"].get("code")): one for one in metrics["series"]}


def test_a_sink_posts_and_counts(world):
    simulator = world.simulate("--events", "400", "--history", "30m", "--quiet-period", "10m", "--quirks", "off")
    receiver = Receiver()
    config = world.config(world.account(simulator, "acme"), f'modules = {{ "{world.build}/e2e-modules" }}',
                          *[f'source "{name}" {{ interval = "1s" }}' for name in SOURCES],
                          sink=f'sink "files" {{ type = "post", url = "{receiver.url}", timeout = "20s" }}')
    listed = world.postern("modules", "-c", config).stdout
    check("allow_http" in listed and "client_certificate" in listed, listed)
    daemon = world.daemon(config)

    def all_is_counted():  # what is under way when it ends has arrived, maybe, and is not counted
        status = world.status(config)
        streams = [stream for one in status["accounts"] for stream in one["streams"]]
        return (len(streams) == 6 and all(stream["state"] == "ok" for stream in streams) and
                not status["deliveries"][0]["backlog_events"] and
                series(world, config).get(("events_total", None), {}).get("value", 0) >= 100)

    wait_until(all_is_counted, "counted events", 120)
    code, _ = daemon.stop()
    log = daemon.logged()
    check(code == 0, f"exit code {code}")
    seen = series(world, config)
    check(seen["events_total", None]["value"] == len(receiver.lines),
          f"{seen['events_total', None]} counted, {len(receiver.lines)} arrived")
    check(seen["events_total", None]["labels"] == {"instance": "files"}, seen)
    check(seen["requests_total", "200"]["value"] + seen["requests_total", "other"]["value"] == receiver.requests, seen)
    check(seen["requests_total", "other"]["value"] == 1, seen)
    check(seen["last_batch", None]["kind"] == "gauge", seen)
    check(world.status(config)["metrics"]["age_seconds"] < 600, "the age of the metrics")
    check(len(receiver.connections) <= 2, f"{len(receiver.connections)} connections for {receiver.requests} requests")
    check(len(set(receiver.lines)) == len(receiver.lines), "an event came twice")
    check(all(json.loads(line) for line in receiver.lines), "a line is no event")
    check("HIDDEN" not in log, "the log shows the query of the URL")
    check("the receiver answers 503" in log, "the refusal is not in the log")
    check((world.state / "metrics.json").stat().st_mode & 0o777 == 0o600, "others can read the metrics")
    receiver.close()
