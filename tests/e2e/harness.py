"""What the end-to-end tests share: the real binary, the simulator over TLS, a clock that both read.

A test is a file NAME_test.py with functions test_*(world); each gets a World of its own in a new temporary directory.
Run one by hand:  tests/e2e/harness.py BUILD_FOLDER tests/e2e/NAME_test.py [function]
"""
import contextlib
import datetime
import importlib.util
import json
import mmap
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOUR, MINUTE = 3600, 60


# Most tests are of the first six sources; these are read where a test says so.
FURTHER = ("held-release", "rejections", "archive-search", "archive-view", "remediation", "hold-queue",
           "threat-intel", "reported-emails")


class Failure(Exception):
    """What a test says when it is not as it must be."""


slowness = 2.0  # set for the build under test by run_file


def patience(seconds):
    """How long to wait here for what takes at most so many seconds on a quiet machine. Such a limit only ends what would never come,
    and what comes is taken up at once; so it is generous. Long ones stay as they are: the whole file has fifteen minutes."""
    return max(seconds, min(seconds * slowness, 400))


def is_sanitized(build):
    return "POSTERN_SANITIZE:STRING=\n" not in (pathlib.Path(build) / "CMakeCache.txt").read_text()


def check(condition, message):
    if not condition:
        raise Failure(message() if callable(message) else message)


def wait_until(condition, what, timeout=60.0):
    """Polls a condition; there is nothing to hope for: it fails loudly when the time is over."""
    timeout = patience(timeout)
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"after {timeout:.0f} s still not: {what() if callable(what) else what}")
        time.sleep(0.02)


claims = []  # of ports, for as long as this process lives


def free_port(kind=socket.SOCK_STREAM):
    """A port of loopback for a server that comes later, or never: nobody else takes it meanwhile. It is none of those that the system
    gives away by itself, to clients too, and no test beside this one has claimed it."""
    first, last = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    ports = [*range(10240, first), *range(last + 1, 65536)]
    for port in random.sample(ports, len(ports)):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0postern-test-port-{port}")  # a name that lives as long as its socket, and in no folder
            with socket.socket(socket.AF_INET, kind) as found:
                found.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claims.append(claim)
        return port
    raise Failure("no port is free")


def stop_where_it_is(process):
    """SIGSTOP; what is done afterwards is for it done at once. Without the wait it may run on for a moment."""
    process.send_signal(signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    check(os.WIFSTOPPED(status), f"it did not stand still: {status}")


def threads_of(process):
    """What each thread of a process is at: whether it waits, for what in the kernel, and the clock ticks that it has used."""
    for task in sorted(pathlib.Path(f"/proc/{process.pid}/task").glob("*")):
        with contextlib.suppress(OSError):  # it has ended
            state, *fields = (task / "stat").read_text().rpartition(")")[2].split()
            yield f"{(task / 'comm').read_text().strip()}: {state} {(task / 'wchan').read_text()}, {fields[10]} + {fields[11]} ticks"


def lacking(text):
    """How many of all streams do not work, as `check --live` counts them at its end."""
    good, count = map(int, re.findall(r"(\d+) of (\d+) streams? works?", text)[-1])
    check(count, text)
    return count - good


class TestClock:
    """The file that builds with POSTERN_TESTING and the simulator read their time from (core/base/test_clock.h)."""

    SIZE = 40

    def __init__(self, path, wall_ms, rate=1.0):
        self.path, self.jumps, self.fastest = path, [], rate
        with open(path, "wb") as file:
            file.write(bytes(self.SIZE))
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), self.SIZE)
        # Each is written at once, as readers expect; struct.pack_into would write zeros first.
        fields = memoryview(self.map)
        self.sequence, self.base, self.rate, self.stepped = (
            fields[begin:end].cast(kind) for begin, end, kind in ((0, 8, "Q"), (8, 24, "q"), (24, 32, "d"), (32, 40, "q")))
        self._publish(self._real_ms(), wall_ms, rate)

    def copy(self, path):
        """Another clock of the same time: what is done to one of them by jump or set_rate is to be done to both."""
        other = TestClock(path, 0)
        other.map[:] = self.map[:]
        return other

    @staticmethod
    def _real_ms():
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000_000

    def _publish(self, real_ms, wall_ms, rate):
        """It showed wall_ms at real_ms: no time is lost, however long this takes."""
        self.sequence[0] += 1
        self.base[0], self.base[1], self.rate[0] = real_ms, wall_ms, rate
        self.sequence[0] += 1

    def _at(self, real_ms):
        return self.base[1] + int((real_ms - self.base[0]) * self.rate[0])

    def now_ms(self):
        return self._at(self._real_ms())

    def jump(self, seconds):
        self.jumps.append(seconds)
        now = self._real_ms()
        self._publish(now, self._at(now) + int(seconds * 1000), self.rate[0])

    def step(self, seconds):
        """The wall clock alone shows so much more than the time: somebody has set it. 0: right again."""
        self.stepped[0] = int(seconds * 1000)

    def set_rate(self, rate):
        self.fastest = max(self.fastest, rate)
        now = self._real_ms()
        self._publish(now, self._at(now), rate)


class Simulator:
    """`truth`: whether it writes down what it has, which takes it as long as serving it does."""

    def __init__(self, world, *options, truth=True):
        self.world = world
        self.truth = world.path / "truth.ndjson"
        log = open(world.path / "simulator.log", "ab")
        command = [world.program("postern-simulator"), "serve", "--certificates", world.certificates, "--seed", "7", *options,
                   *(("--truth", self.truth) if truth else ())]
        if world.clock:
            command += ["--clock", world.clock.path]
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=log, text=True)
        world.processes.append(self.process)
        line = self.process.stdout.readline()
        check(line, lambda: "the simulator did not start: " + (world.path / "simulator.log").read_text())
        ready = json.loads(line)
        self.base_url, self.storage_port = ready["base_url"], ready["storage_port"]

    def keys(self, account=0, api=1):
        output = subprocess.run([self.world.program("postern-simulator"), "keys", "--seed", "7", "--account", str(account),
                                 "--api", str(api), "--json"], check=True, capture_output=True, text=True).stdout
        return json.loads(output)

    def control(self, what, body=None):
        context = ssl.create_default_context(cafile=str(self.world.certificates / "ca.pem"))
        request = urllib.request.Request(f"{self.base_url}/_control/{what}",
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=patience(30)) as answer:
            return json.loads(answer.read())

    def violations(self):
        answer = self.control("violations")
        return answer["violations"] if isinstance(answer, dict) else answer

    def compare(self, *outputs, by_marker=False, before=None, shown=None):
        command = [self.world.program("postern-simulator"), "compare", "--truth", self.truth]
        for output in outputs:
            command += ["--output", output]
        command += ["--by-marker"] * by_marker + (["--before", before] if before else []) + (["--shown", shown] if shown else [])
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        return done.returncode == 0, done.stdout + done.stderr


class Daemon:
    """A `postern run` in the background."""

    def __init__(self, world, config, *options, environment=None):
        self.log_path = world.path / "postern.log"
        self.log = open(self.log_path, "ab")
        self.log_begin = self.log.tell()  # others of this world wrote what lies before
        self.process = subprocess.Popen([world.program("postern"), "run", "-c", str(config), *options],
                                        stdout=self.log, stderr=self.log, env=world.environment(environment))
        world.processes.append(self.process)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=60):
        """Its exit code once it has ended by itself."""
        return self.process.wait(patience(timeout))

    def stop(self, timeout=60):
        started = time.monotonic()
        self.signal(signal.SIGTERM)
        code = self.wait(timeout)
        return code, time.monotonic() - started

    def logged(self):
        return self.log_path.read_bytes()[self.log_begin:].decode(errors="replace")

    @contextlib.contextmanager
    def standing_still(self):
        """What is done meanwhile is for it done at once."""
        stop_where_it_is(self.process)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def reload(self):
        """SIGHUP, and waits until the new configuration is in force."""
        count = self.logged().count(" info reloaded\n")
        self.signal(signal.SIGHUP)
        wait_until(lambda: self.logged().count(" info reloaded\n") > count, "reloaded")

    def wait_until_running(self):
        """Until it has begun its work, or has ended."""
        wait_until(lambda: self.process.poll() is not None or " info running\n" in self.logged(), "it runs")


class World:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="postern-test-"))
        self.certificates = self.path / "certificates"
        self.state, self.output = self.path / "state", self.path / "output"
        self.processes, self.daemons, self.clock, self.own_clock, self.variables = [], [], None, None, {}
        self.sanitized = is_sanitized(self.build)
        self.certificates.mkdir(mode=0o700)
        subprocess.run([self.program("postern-simulator"), "certificates", str(self.certificates)], check=True,
                       stdout=subprocess.DEVNULL)

    def program(self, name):
        return str(self.build / "bin" / name)

    def use_clock(self, wall_ms=1_767_258_000_000, rate=1.0):
        self.clock = TestClock(self.path / "clock", wall_ms, rate)

    def use_own_clock(self):
        """Postern reads a clock of its own, which can be set wrong (own_clock.step); the simulator's is right."""
        self.own_clock = self.clock.copy(self.path / "own-clock")

    def pass_time(self, seconds):
        for clock in filter(None, (self.clock, self.own_clock)):
            clock.jump(seconds)

    def simulate(self, *options, truth=True):
        return Simulator(self, *options, truth=truth)

    def environment(self, extra=None):
        inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        clock = {"POSTERN_TEST_CLOCK": str((self.own_clock or self.clock).path)} if self.clock else {}
        return {**inherited, **clock, **self.variables, **(extra or {})}

    def account(self, simulator, name, number=0, api=1):
        """A declaration whose credentials come from the environment."""
        keys = simulator.keys(number, api)
        lines = [f'account "{name}" {{ api = {api}, base_url = "{simulator.base_url}",']
        for key in ("app_id", "app_key", "access_key", "secret_key") if api == 1 else ("client_id", "client_secret"):
            variable = f"{name}_{key}".upper().replace("-", "_")
            self.variables[variable] = keys[key]
            lines.append(f'  {key} = env "{variable}",')
        return "\n".join(lines) + "\n}\n"

    def config(self, *parts, transform="", name="postern.lua", sink=None, http="", pipeline="", further=False):
        """Writes a configuration: state, certificates, `parts`, the sink "files" and a pipeline to it, with more
        keys of the pipeline; with the further sources switched off, unless `further`."""
        sink = sink or f'sink "files" {{ type = "file", path = "{self.output}/%{{account}}/%{{source}}.ndjson" }}'
        off = "".join(f' source "{name}" {{ enabled = false }}' for name in FURTHER if not further)  # adds no line
        text = "\n".join([f'state = "{self.state}"', f'http {{ ca_file = "{self.certificates}/ca.pem", {http} }}{off}', *parts, sink,
                          f'pipeline "default" {{ from = {{ "*" }}, accounts = {{ "*" }}, '
                          f'transform = {{ {transform} }}, to = {{ "files" }}, {pipeline} }}\n'])
        path = self.path / name
        path.write_text(text)
        return path

    def postern(self, *words, code=0, stdin=None, environment=None, timeout=300, cwd=None):
        done = subprocess.run([self.program("postern"), *map(str, words)], capture_output=True, text=True, input=stdin,
                              env=self.environment(environment), timeout=patience(timeout), cwd=cwd)
        check(code is None or done.returncode == code,
              lambda: f"postern {' '.join(map(str, words))}: exit code {done.returncode}, not {code}\n"
                      f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def run_once(self, config, code=0, **more):
        # On a fast test clock ten minutes without progress are over in seconds.
        patience = ["--timeout", "12h"] if self.clock else []
        return self.postern("run", "--once", *patience, "-c", config, code=code, **more)

    def run_until(self, config, *words, code=1):
        """A `run --once` that cannot end well: once it has said all this, however long that takes, it is told to end. What it said."""
        run = self.daemon(config, "--once", "--timeout", "12h")
        wait_until(lambda: run.process.poll() is not None or all(word in run.logged() for word in words),
                   lambda: f"it says {words}: {run.logged()[-3000:]}")
        ended, _ = run.stop()
        log = run.logged()
        check(ended == code and all(word in log for word in words), lambda: f"exit code {ended}; it must say {words}: {log[-3000:]}")
        return log

    def daemon(self, config, *options, environment=None):
        self.daemons.append(Daemon(self, config, *options, environment=environment))
        return self.daemons[-1]

    def status(self, config):
        """What `status --json` says; accounts and deliveries are empty while there is no journal yet."""
        text = self.postern("status", "--json", "-c", config, code=None).stdout
        return json.loads(text) if text else {"accounts": [], "deliveries": [], "journal": {"dead_letters": 0}}

    def events(self, pattern="*/*.ndjson"):
        """Of a file that is being written, what has its end already."""
        running = any(daemon.process.poll() is None for daemon in self.daemons)
        for file in sorted(self.output.glob(pattern)):
            whole, end, rest = file.read_bytes().rpartition(b"\n")
            check(running or not rest, f"{file.name} ends in half a line")
            for line in (whole + end).decode().splitlines():
                yield json.loads(line)

    def wait_until_read(self, simulator, what="all is read", timeout=60.0):
        """Until everything that happened so far has arrived."""
        wait_until(lambda: simulator.compare(self.output)[0], lambda: f"{what}: {simulator.compare(self.output)[1]}", timeout)

    def wait_until_read_since(self, config, moment_ms):
        """Until every stream has come to its end and was answered since then, on the test clock: a start or a reload asks for all.
        Who moves the clock while a request is under way puts off what is due by then."""
        def instant(stream):
            return round(datetime.datetime.fromisoformat(stream["last_success"]).timestamp() * 1000)

        def is_so():
            streams = [stream for account in self.status(config)["accounts"] for stream in account["streams"]]
            return streams and all(stream["lag_seconds"] is not None and instant(stream) >= moment_ms for stream in streams)

        wait_until(is_so, "every stream is read")

    def was_under_way(self, violation):
        """True for a request that took up to ten real seconds, of a busy machine, while the clock ran fast, or that was signed before
        it jumped and read by the simulator behind that."""
        off = re.search(r"is -(\d+) s off", violation.get("detail") or "")
        if not self.clock or not off or violation["rule"] != "date-stale":
            return False
        most = max(10 * self.clock.fastest, 5 * MINUTE)
        return any(0 <= int(off[1]) - jump < most for jump in (0, *self.clock.jumps))

    def expect_exact(self, simulator, *, by_marker=False, before=None, shown=None):
        """Nothing lost, nothing repeated, nothing that Mimecast would have refused. `shown`: how long a version of a record must
        have been there to be missed."""
        good, report = simulator.compare(self.output, by_marker=by_marker, before=before, shown=shown)
        check(good, f"the output is not the truth: {report}")
        violations = [one for one in simulator.violations() if not self.was_under_way(one)]
        check(not violations, f"protocol violations: {json.dumps(violations)[:3000]}")
        return report

    @contextlib.contextmanager
    def another(self):
        """A world beside this one, for a test of many cases that each need an empty one."""
        world = World(self.build)
        try:
            yield world
        except Exception:
            for log in ("postern.log", "simulator.log"):
                if (world.path / log).exists():
                    print(f"--- {log}\n{(world.path / log).read_text(errors='replace')[-4000:]}")
            raise
        finally:
            world.close()

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def run_file(build, file, only=None):
    global slowness
    slowness = float(os.environ.get("POSTERN_TEST_SLOWNESS") or (5 if is_sanitized(build) else slowness))
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(file.parent))
    specification.loader.exec_module(module)
    passed = failed = 0
    for name in [name for name in dir(module) if name.startswith("test_") and only in (None, name)]:
        with contextlib.closing(World(build)) as world:
            try:
                getattr(module, name)(world)
                passed += 1
                print(f"ok      {name}")
            except Exception:  # a test reports and the next one runs
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}")
                for daemon in world.daemons:
                    print(f"--- threads of postern (exit code {daemon.process.poll()}): " + "; ".join(threads_of(daemon.process)))
                for log in ("postern.log", "simulator.log"):
                    if (world.path / log).exists():
                        print(f"--- {log}\n{(world.path / log).read_text(errors='replace')[-4000:]}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.modules["harness"] = sys.modules["__main__"]
    sys.exit(run_file(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3] if len(sys.argv) > 3 else None))
