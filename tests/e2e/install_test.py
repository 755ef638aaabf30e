# labels: release
"""What a user installs: the binary finds its own parts; a sink and a source built against the installed header alone
work."""
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading
import time

from harness import ROOT, check


class EventService(http.server.BaseHTTPRequestHandler):
    """What examples/source_minimal reads: two pages of three events, for whoever has the token."""
    asked = []

    def do_GET(self):
        self.asked.append((self.path.partition("?")[0], self.headers["Authorization"]))
        first = "&page=" not in self.path
        body = json.dumps({"events": [{"n": n} for n in (range(3) if first else range(3, 6))], **({"next": "two"} if first else {})})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def test_installed_program_and_an_outside_sink(world):
    prefix = world.path / "prefix"
    done = subprocess.run(["cmake", "--install", str(world.build), "--prefix", str(prefix)], capture_output=True, text=True)
    check(done.returncode == 0, done.stdout + done.stderr)
    installed = sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())
    for name in ("bin/postern", "include/postern/module.h", "include/postern/kit.h", "include/postern/kit/json.h", "include/postern/kit/scan.h", "share/postern/scripts/ecs.lua",
                 "share/postern/scripts/ecs/common.lua", "share/postern/templates/sink/sink_minimal.c"):
        check(name in installed, f"{name} is not installed: {installed}")
    program = str(prefix / "bin/postern")
    check("source ttp-url" in subprocess.run([program, "modules"], capture_output=True, text=True, check=True).stdout,
          "the installed binary does not find its modules")
    done = subprocess.run([program, "test"], capture_output=True, text=True, cwd="/")
    check(done.returncode == 0 and f"{prefix}/share/postern/scripts/ecs/siem_test.lua: " in done.stdout,
          f"the installed binary does not find its scripts: {done.stdout}{done.stderr}")

    source = ROOT / "examples/sink_minimal/sink_minimal.c"
    check(len(source.read_text().splitlines()) <= 60, "the smallest sink has grown")
    over_http = (ROOT / "examples/sink_http/sink_http.c").read_text()
    check(len(over_http.splitlines()) <= 120, "the sink for a web service has grown")
    drop_in = world.path / "modules"
    drop_in.mkdir(mode=0o755)
    subprocess.run(["cc", "-std=gnu17", "-Wall", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
                    f"-I{prefix}/include", "-o", str(drop_in / "sink_minimal.so"), str(source)], check=True, cwd="/")
    simulator = world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    out = world.path / "events.ndjson"
    config = world.config(f'modules = {{ "{drop_in}" }}', world.account(simulator, "acme"), transform='"ecs"',
                          sink=f'sink "files" {{ type = "minimal", path = "{out}" }}')
    done = subprocess.run([program, "run", "--once", "-c", str(config)], capture_output=True, text=True,
                          env=world.environment())
    check(done.returncode == 0, done.stderr)
    check(len(out.read_text().splitlines()) >= 500, "the sink received too few events")


def build_module(world, prefix, kind, name):
    """A stranger's road: a new project of that kind is built and passes its tests; the module is dropped into a folder of its own."""
    program, project, drop_in = prefix / "bin/postern", world.path / name, world.path / f"modules-{name}"
    for command in ([program, "new", kind, name],
                    ["cmake", "-S", project, "-B", project / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
                     "-DCMAKE_C_FLAGS=-Wall -Wextra -Wno-unused-parameter -Werror"],
                    ["cmake", "--build", project / "build"],
                    ["ctest", "--test-dir", project / "build", "--output-on-failure", "--no-tests=error"]):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=world.path, env=world.environment())
        check(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")
    drop_in.mkdir(mode=0o755)
    (project / f"build/{name}.so").rename(drop_in / f"{name}.so")
    return project, drop_in


def install(world):
    prefix = world.path / "prefix"
    subprocess.run(["cmake", "--install", str(world.build), "--prefix", str(prefix)], check=True, capture_output=True)
    return prefix


def test_a_strangers_sink(world):
    """`postern new sink`, build, drop in: events, in under five minutes and at most 60 lines of own code."""
    prefix, started = install(world), time.monotonic()
    project, drop_in = build_module(world, prefix, "sink", "ledger")
    simulator = world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    out = world.path / "events.ndjson"
    config = world.config(f'modules = {{ "{drop_in}" }}', world.account(simulator, "acme"),
                          sink=f'sink "files" {{ type = "ledger", path = "{out}" }}')
    done = subprocess.run([str(prefix / "bin/postern"), "run", "--once", "-c", str(config)], capture_output=True, text=True,
                          env=world.environment())
    seconds, lines = time.monotonic() - started, len((project / "ledger.c").read_text().splitlines())
    check(done.returncode == 0 and len(out.read_text().splitlines()) >= 500, done.stderr)
    print(f"{seconds:.1f} s from `postern new` to events, {lines} lines of code")
    check(lines <= 60, f"{lines} lines")
    check("minimal" not in "".join(file.read_text() for file in project.iterdir() if file.is_file()), "the example's name is left")


def test_a_strangers_source(world):
    """`postern new source`, build, drop in: every event of a small service once, and none again."""
    prefix, started = install(world), time.monotonic()
    project, drop_in = build_module(world, prefix, "source", "ledger")
    out, config = world.path / "events.ndjson", world.path / "postern.lua"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), EventService) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        config.write_text(f"""
            state = "{world.state}"
            modules = {{ "{drop_in}" }}
            account "acme" {{ base_url = "http://127.0.0.1:{service.server_port}", token = env "LEDGER_TOKEN" }}
            sink "out" {{ type = "file", path = "{out}" }}
            pipeline "default" {{ from = {{ "ledger" }}, to = {{ "out" }} }}
            """)
        config.chmod(0o600)
        for _ in range(2):  # the second time all is known
            done = subprocess.run([str(prefix / "bin/postern"), "run", "--once", "-c", str(config)], capture_output=True, text=True,
                                  env={**world.environment(), "LEDGER_TOKEN": "open-sesame"}, timeout=120)
            check(done.returncode == 0 and "open-sesame" not in done.stderr, done.stderr)
            check([json.loads(line)["n"] for line in out.read_text().splitlines()] == list(range(6)), out.read_text())
        service.shutdown()
    # Its own source alone asks, of all that are loaded, and with the token.
    check(set(EventService.asked) == {("/events", "Bearer open-sesame")}, str(EventService.asked))
    check("minimal" not in "".join(file.read_text() for file in project.iterdir() if file.is_file()), "the example's name is left")
    lines = len((project / "ledger.c").read_text().splitlines())
    print(f"{time.monotonic() - started:.1f} s from `postern new` to events, {lines} lines of code")
    check(lines <= 110, f"{lines} lines")


def test_examples_in_other_languages(world):
    """Each is a project of its own, built against what is installed."""
    prefix = install(world)
    for name in ("sink_cpp", "sink_rust"):
        build = world.path / name
        for command in (["cmake", "-S", ROOT / "examples" / name, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}"],
                        ["cmake", "--build", build], ["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error"]):
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=world.environment())
            check(done.returncode == 0, f"{command}: {done.stdout}{done.stderr}")


def test_new_refuses_what_is_no_name_or_is_there(world):
    for name in ("", "../up", "Upper", "1st", "a-b", "a" * 31):
        done = world.postern("new", "sink", name, code=2, cwd=world.path)
        check("is of a-z, _ and 0-9" in done.stderr, done.stderr)
    world.postern("new", "sink", "ledger", world.path / "mine", cwd=world.path)
    done = world.postern("new", "sink", "ledger", world.path / "mine", code=1, cwd=world.path)
    check("cannot make" in done.stderr and (world.path / "mine/ledger.c").is_file(), done.stderr)
    world.postern("new", "pipe", "ledger", code=2, cwd=world.path)
    done = world.postern("new", "source", "two_words", code=2, cwd=world.path)  # the registry would refuse it
    check("no _" in done.stderr, done.stderr)


def test_what_else_builds_a_module(world):
    """pkg-config, for whoever does not use CMake."""
    prefix = install(world)
    found = {**world.environment(), "PKG_CONFIG_PATH": ":".join(str(path.parent) for path in prefix.rglob("postern.pc"))}

    def ask(word):
        return subprocess.run(["pkg-config", word, "postern"], capture_output=True, text=True, check=True, env=found).stdout.strip()

    check(pathlib.Path(ask("--variable=moduledir"), "file.so").is_file(), ask("--variable=moduledir"))
    check(pathlib.Path(ask("--cflags-only-I").removeprefix("-I"), "postern/kit.h").is_file(), ask("--cflags-only-I"))
    minor = re.search(r"POSTERN_ABI_MINOR +(\d+)u", (prefix / "include/postern/module.h").read_text())[1]
    check(ask("--variable=abi") == f"1.{minor}", ask("--variable=abi"))


def test_a_testing_build_refuses_to_be_installed(world):
    build = world.path / "testing"
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(build), "-G", "Ninja", "-DPOSTERN_TESTING=ON", "-DPOSTERN_TESTS=OFF"], check=True,
                   capture_output=True, env=os.environ)
    done = subprocess.run(["cmake", "--install", str(build), "--prefix", str(world.path / "prefix")], capture_output=True,
                          text=True)
    check(done.returncode != 0 and "must not be installed" in " ".join(done.stderr.split()), done.stderr)
