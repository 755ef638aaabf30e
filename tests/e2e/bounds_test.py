"""One small answer that would become gigabytes: memory stays small, the stream goes on, what is gone is counted."""
import http.server
import io
import json
import pathlib
import subprocess
import threading
import time
import zipfile

from harness import check

MIB = 1 << 20
HEAD, TAIL = b'{"type":"MTA","data":[', b"0]}"
KEY, SECRET = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
OTHERS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def archive(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for name, text in members.items():
            zipped.writestr(f"{name}.json", text)
    return packed.getvalue()


def flood(unit, size):
    return HEAD + unit * (size // len(unit)) + TAIL


class Vendor(http.server.BaseHTTPRequestHandler):
    """Gives one file and then nothing new."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        first = "token" not in asked["data"][0]
        body = self.server.body if first else b'{"meta":{"isLastToken":true,"status":200},"data":[],"fail":[]}'
        self.send_response(200)
        if first:
            self.send_header("mc-siem-token", "t1")
            self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if not first:
            self.server.moved = asked["data"][0]["token"]


def collect(world, body, *parts):
    """Reads the answer; gives the most memory that was resident, in MiB, and the configuration."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.body, server.moved = body, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.variables.update(KEY=KEY, SECRET=SECRET)
    account = (f'account "acme" {{ api = 1, base_url = "http://127.0.0.1:{server.server_port}", allow_host = "127.0.0.1", '
               'app_id = env "KEY", app_key = env "KEY", access_key = env "SECRET", secret_key = env "SECRET" }')
    off = [f'source "{name}" {{ enabled = false }}' for name in OTHERS]
    config = world.config(account, *off, *parts, transform='"ecs"')
    process = subprocess.Popen([world.program("postern"), "run", "--once", "-c", str(config)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=world.environment())
    world.processes.append(process)
    most, status = 0, pathlib.Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        most = max(most, int(lines.get("VmHWM", "0 kB").split()[0]) // 1024)
        time.sleep(0.02)
    log = process.stderr.read()
    server.shutdown()
    check(process.returncode == 0, f"exit code {process.returncode}: {log[-3000:]}")
    check(server.moved == "t1", f"the stream did not go on: {log[-3000:]}")
    return most, config, log


def expect_small(world, most):
    if not world.sanitized:
        print(f"at most {most} MiB were resident")
        # What earlier tries left (limits.set_aside_size, 32 MiB) is a value of the journal, laid over what this one leaves; and
        # the allocator keeps blocks of that size after the first ones were freed.
        check(most <= 128 + 2 * 32, "that is too much")


def test_floods_of_elements_take_little_memory(world):
    body = archive(receipt_1=flood(b"0,", 12 * MIB), receipt_2=flood(b"{},", 12 * MIB), receipt_3=b"\0" * (160 * MIB))
    most, config, _ = collect(world, body, "limits { answer_events = 300000 }")
    letters = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(any(f"it is no JSON object ({6 * MIB + 1} in a row" in line for line in letters), f"letters: {letters}")
    check(any("more records than limits.answer_events" in line for line in letters), f"letters: {letters}")
    check(any("receipt_3.json" in line for line in letters), f"letters: {letters}")
    check(len(letters) <= 6, f"letters: {letters}")
    check(world.status(config)["accounts"][0]["streams"][0]["events"] == 300000, "other events")
    expect_small(world, most)


def test_full_dead_letters_stop_no_stream(world):
    body = archive(receipt_1=flood(b"{},0,", 4 * MIB), receipt_2=HEAD + b'{"n":1}]}')
    most, config, log = collect(world, body, 'journal { dead_limit = "1MiB" }', "limits { set_aside_count = 5000 }")
    check("the dead letters are full" in log, log[-3000:])
    letters = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check("were not kept, because the dead letters were full" in "\n".join(letters), f"letters: {letters[-3:]}")
    check('"n":1' in "".join(path.read_text() for path in world.output.glob("*/*.ndjson")), "the last event is missing")
    expect_small(world, most)
