"""examples/sink_http against a real server: what it refuses lies in the dead letters, everything else arrives once."""
import gzip
import http.server
import json
import threading

from harness import check, free_port


class Receiver:
    """Takes batches on loopback; a picky one is not ready at first, then refuses the second event of each batch of two
    and more."""
    def __init__(self, picky=True, port=None):
        self.picky = picky
        self.kept, self.refused, self.keys, self.requests = [], [], [], 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                lines = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))).decode().splitlines()
                answer = receiver.take(lines, self.headers)
                self.send_response(200 if answer is not None else 503)
                if answer is None:
                    self.send_header("Retry-After", "1")
                self.send_header("Content-Length", str(len(answer or b"")))
                self.end_headers()
                self.wfile.write(answer or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or free_port()), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"

    def take(self, lines, headers):
        check(headers["Authorization"] == "Bearer hush-token", "the token is not sent")
        check(headers["Content-Type"] == "application/x-ndjson", headers["Content-Type"])
        self.keys.append(headers["Idempotency-Key"])
        self.requests += 1
        if self.requests == 1 and self.picky:
            return None
        refused = [1] if len(lines) > 1 and self.picky else []
        self.kept += [line for i, line in enumerate(lines) if i not in refused]
        self.refused += [lines[i] for i in refused]
        return json.dumps({"rejected": [{"event": i, "reason": "the receiver does not like it"} for i in refused]}).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def configure(world, simulator, receiver, *parts):
    key = world.path / "token"
    key.write_text("hush-token\n")
    return world.config(world.account(simulator, "acme"), f'modules = {{ "{world.build}/e2e-modules" }}', *parts,
                        sink=f'sink "files" {{ type = "http-example", url = "{receiver.url}", token = file "{key}" }}')


def test_refused_events_are_dead_letters(world):
    simulator = world.simulate("--events", "300", "--history", "30m", "--quirks", "off")
    receiver = Receiver()
    config = configure(world, simulator, receiver)
    done = world.postern("run", "--once", "-c", config)
    check(done.returncode == 0, done.stderr)
    check("the service answers 503" in done.stderr, "the refusal is not in the log")
    check("hush-token" not in done.stderr, "the log shows the token")
    check(len(receiver.refused) > 0, "the receiver refused nothing")
    check(len(receiver.kept) > 100, f"{len(receiver.kept)} events arrived")
    everything = receiver.kept + receiver.refused
    check(len(set(everything)) == len(everything), "an event came twice")
    check(receiver.keys[0] == receiver.keys[1], f"a batch that comes again has another key: {receiver.keys[:2]}")
    check(len(set(receiver.keys[1:])) == len(receiver.keys) - 1, "two batches have one key")
    letters = world.postern("dead", "list", "-c", config).stdout
    check(letters.count("the receiver does not like it") == len(receiver.refused), letters)
    receiver.close()


def test_small_pages_are_gathered_into_few_requests(world):
    """Ten thousand pages of one event each: as the sink wants it, about a thousand events go into a request."""
    simulator = world.simulate("--events", "11000", "--history", "30m", "--quirks", "off")
    receiver = Receiver(picky=False)
    lookback = [f'source "{name}" {{ lookback = "1h" }}' for name in
                ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    config = configure(world, simulator, receiver, "journal { page_events = 1 }", *lookback)
    world.postern("run", "--once", "-c", config)
    print(f"{len(receiver.kept)} events in {receiver.requests} requests")
    check(len(receiver.kept) >= 10000, f"{len(receiver.kept)} events arrived")
    check(len(set(receiver.kept)) == len(receiver.kept), "an event came twice")
    check(receiver.requests <= 30, f"{receiver.requests} requests")
    receiver.close()
