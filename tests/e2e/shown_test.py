"""No text from outside steers the operator's terminal: whatever a server, an archive, a script, a file name, a module or
the configuration says, every command shows it with its control characters as escapes."""
import contextlib
import http.server
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import zipfile

from harness import Simulator, check

# A window's title, colours, C1 as UTF-8, DEL, a reversed name, a line separator, a line that looks like ours, tags.
WORDS = "\x1b]0;owned\x07\x1b[31m\u009b32m\x7f\u202egpj.exe\u2066\u200e\u061c\u2028\u200b\ufeff\npostern: FORGED\rFORGED\x08"
BYTES = WORDS.encode() + b"\x9b31m\xff\x90"  # C1 raw, and what is no UTF-8
LUA = "".join(f"\\{byte:03d}" for byte in BYTES)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def faults(what, shown):
    """What stands in these bytes that must not reach a terminal."""
    try:
        text = shown.decode()
    except UnicodeDecodeError as error:
        return [f"{what}: no UTF-8: {shown[max(0, error.start - 60):error.end + 60]}"]
    found = STEERING.search(text)
    if found:
        return [f"{what}: U+{ord(found.group()):04X} in {text[max(0, found.start() - 60):found.end() + 60]!r}"]
    if re.search("^(postern: )?FORGED", text, re.M):
        return [f"{what}: a line is forged: {text!r}"]
    if "owned" not in text and "FORGED" not in text:
        return [f"{what}: the hostile text is not in it: {text[-600:]!r}"]
    return []


def on_terminal(command, environment, stdin=b""):
    """Runs it with stdout and stderr on a terminal that changes no byte; what it printed."""
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        feeder = threading.Thread(target=lambda: (process.stdin.write(stdin), process.stdin.close()))
        feeder.start()
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the last one has closed it
                break
            shown += piece
        feeder.join()
    os.close(ours)
    return shown


class Shower:
    """Runs commands on a terminal and through pipes, and gathers what must not be."""

    def __init__(self, world):
        self.world, self.found = world, []

    def command(self, words):
        return [self.world.program("postern"), *(word if isinstance(word, bytes) else str(word) for word in words)]

    def run(self, *words, stdin=b"", what=None, data=False):
        """`data`: what goes to stdout through a pipe is data, which stays as it is."""
        what = what or " ".join(str(word) for word in words[:2])
        command, environment = self.command(words), self.world.environment()
        terminal = on_terminal(command, environment, stdin)
        self.found += faults(f"{what}, on a terminal", terminal.replace(b"\r\x1b[K", b""))  # the progress line
        piped = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
        if not data:
            self.found += faults(f"{what}, through pipes", piped.stderr + piped.stdout)
        return piped

    def judge(self):
        check(not self.found, "\n".join(self.found))


def test_words_of_commands_and_files(world):
    shower = Shower(world)
    folder = os.path.join(os.fsencode(world.path), BYTES)
    os.mkdir(folder, 0o755)

    def put(name, content):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    line = json.dumps({"subject": WORDS}, ensure_ascii=False).encode() + b"\n"
    throws = put(b"throws.lua", b"return function(event) error(event.subject) end")
    broken = put(b"broken.lua", b"return function(event) \x1b\x9b\xe2\x80\xae end")
    shower.run(BYTES, what="a command that is none")
    for command in ("run", "check", "test", "map", "status", "tap", "dead", "modules"):
        shower.run(command, b"--" + BYTES, what=f"{command}: an option that is none")
    for command in ("run", "check", "status", "tap"):
        shower.run(command, "-c", folder + b"/none", BYTES, what=f"{command}: a word too many")
        shower.run(command, "-c", folder + b"/none", what=f"{command}: a configuration that is not there")
    shower.run("map", "-s", throws, stdin=line, what="map: an error of a script")
    shower.run("map", "-s", broken, stdin=line, what="map: a script that is none")
    shower.run("map", put(b"events", b"\x1b owned \xff {\n"), what="map: a line that is no JSON")
    shower.run("map", folder + b"/none", what="map: a file that is not there")
    put(b"throws_test.lua", f'return {{ {{ name = "{LUA}", input = {{ subject = "{LUA}" }}, expect = {{ s = "{LUA}" }} }} }}'.encode())
    shower.run("test", folder)
    put(b"bad.so", b"no module")
    shower.run("modules", folder)
    shower.run("check", "-c", put(b"postern.lua", f"""
        state = "{world.state}"
        account "{LUA}" {{ api = 1, ["{LUA}"] = 1 }}
        sink "files" {{ type = "{LUA}" }}
        pipeline "p" {{ transform = {{ "{LUA}", "{LUA}.lua" }}, to = {{ "{LUA}" }} }}
        error("{LUA}")
        """.encode()))
    shower.run("modules", "-c", put(b"error.lua", f'error("{LUA}")'.encode()), what="modules: wrong configuration")
    shower.judge()


def test_events_on_a_terminal(world):
    lines = json.dumps({"subject": WORDS}, ensure_ascii=False).encode() + b"\n"
    check(b"\xc2\x9b" in lines and b"\x7f" in lines, "JSON hides them")
    ready = world.path / "ready.lua"
    ready.write_text("return function(event) return postern.line(event.subject) end")
    shower = Shower(world)
    for script in ((), ("-s", ready)):
        piped = shower.run("map", *script, stdin=lines, data=True, what=f"map {script}")
        check(piped.stdout == (lines if not script else WORDS.replace("\n", " ").replace("\r", " ").encode() + b"\n"),
              f"data through a pipe stays as it is: {piped.stdout}")
    shower.judge()


# ---- A server ----

def archive(name, content):
    """A zip whose only member, of this name, is damaged behind its first record."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("member.json", content)
    raw = bytearray(packed.getvalue().replace(b"member.json", name))
    for signature, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        struct.pack_into("<H", raw, raw.index(signature) + at, len(name))
    return bytes(raw)


class Hostile(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        status, reason = 200, "OK"
        if "siem" in self.path:
            body = archive(BYTES.replace(b"/", b"-"), b'{"data":[{"owned": broken}\n')
        elif "audit" in self.path:
            body = json.dumps({"meta": {"status": 200}, "data": [], "fail": [{"errors": [
                {"code": "err_" + WORDS, "message": WORDS, "retryable": False}]}]}, ensure_ascii=False).encode().replace(b"gpj", b"\xff\x9b")
        elif "ttp" in self.path:
            status, reason, body = 500, "owned \x1b[31m", b"<html>" + BYTES
        else:
            body = json.dumps({"meta": {"status": 200}, "data": [{"dlpLogs": [{"subject": WORDS}, [WORDS], WORDS]}]},
                              ensure_ascii=False).encode()
        self.send_response(status, reason)
        self.send_header("Content-Type", "application/zip" if "siem" in self.path else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Disposition", 'attachment; filename="owned\x1b[31m.zip"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionError):
            super().handle()


class HostileServer(Simulator):
    """Has the simulator's keys, and answers of its own."""

    def __init__(self, world, base_url):
        self.world, self.base_url = world, base_url


def test_words_of_a_server(world):
    shower = Shower(world)
    world.use_clock(rate=500)
    script = world.path / "throws.lua"
    script.write_text(f'return function(event) print("{LUA}") error("{LUA}") end')
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        account = world.account(HostileServer(world, f"http://127.0.0.1:{service.server_port}"), "acme")
        config = world.config(account, transform=f'"{script}"')
        shower.run("check", "--live", "-c", config)
        shower.run("run", "--once", "--timeout", "1h", "-c", config)
        for terminal in (True, False):
            world.state = world.path / f"state-{terminal}"
            words = ["run", "--once", "--timeout", "1h", "-c", world.config(account, name=f"{terminal}.lua",
                                                                             sink='sink "files" { type = "stdout" }')]
            if terminal:
                shown = on_terminal(shower.command(words), world.environment()).replace(b"\r\x1b[K", b"")
                shower.found += faults("the sink stdout on a terminal", shown)
                # Progress may stand in front of it or behind, on the same line.
                before, start, line = shown.decode().partition('{"subject"')
                check(json.JSONDecoder().raw_decode(start + line)[0] == {"subject": WORDS} and start not in line, f"{shown}")
            else:
                piped = subprocess.run(shower.command(words), capture_output=True, env=world.environment(), check=False)
                check(json.dumps({"subject": WORDS}, ensure_ascii=False).encode() + b"\n" == piped.stdout, f"{piped.stdout}")
        service.shutdown()
    for command in (("status",), ("status", "--json"), ("dead", "list")):
        piped = shower.run(*command, "-c", config)
        if "--json" in command:
            json.loads(piped.stdout.decode())
    numbers = [line.split()[0].decode() for line in piped.stdout.splitlines()]
    check(len(numbers) >= 3, piped.stdout)
    raw = [shower.run("dead", "show", number, "-c", config, what=f"dead show {number}", data=True).stdout for number in numbers]
    check(any(WORDS[-20:-10].encode() in bytes_ or b"\xc2\x9b" in bytes_ for bytes_ in raw), f"the bytes are not as they came: {raw}")
    shower.run("dead", "retry", "all", "-c", config)
    command = shower.command(["tap", "--oldest", "--no-follow", "-c", config])
    for bare in ([], ["--bare"]):
        shown = on_terminal(command + bare, world.environment())
        check(not faults("tap", shown), faults("tap", shown))
    shower.judge()
