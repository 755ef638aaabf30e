# labels: threads
"""The road of an event when something on it stands still: a sink, a script, a reader, an answer; and reloads."""
import json
import os
import resource
import signal
import subprocess
import time

from harness import HOUR, MINUTE, TestClock, check, lacking, patience, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def simulated(world, events="600", *options):
    return world.simulate("--events", events, "--history", "1h", "--quiet-period", "10m", "--quirks", "off", *options)


def sources(**settings):
    words = ", ".join(f'{key} = "{value}"' for key, value in {"lookback": "3h", **settings}.items())
    return [f'source "{name}" {{ {words} }}' for name in WINDOWS]


def grace():
    """The promise is five seconds, on a machine that has nothing else to do."""
    return patience(5)


class Gate:
    """The sink of gate_sink.c: while the gate is closed its writes wait."""

    def __init__(self, world, closed=True):
        self.path = world.path / "gate"
        self.output = world.output / "acme" / "all.ndjson"
        self.output.parent.mkdir(parents=True)
        self.modules = f'modules = {{ "{world.build}/e2e-modules" }}'
        self.sink = f'sink "files" {{ type = "gate", path = "{self.output}", gate = "{self.path}" }}'
        if closed:
            self.path.touch()

    def changed(self):
        """The same sink with another setting: a reload replaces it."""
        return self.sink.replace(" }", ", batch_events = 1000 }")

    def is_waiting(self):
        return (self.path.parent / "gate.waiting").exists()

    def open(self):
        self.path.unlink()


def journal_size(world):
    return sum(path.stat().st_size for path in world.state.glob("journal.db*"))


def test_a_full_journal_stops_asking_and_goes_on_by_itself(world):
    """The smallest journal, a sink that stands still: collecting stops and says so; then the sink moves again."""
    world.use_clock(rate=20.0)
    gate = Gate(world)
    simulator = simulated(world, "150000")
    config = world.config(world.account(simulator, "acme"), gate.modules, 'journal { max_size = "16MiB", retain = "0s" }',
                          'source "siem" { interval = "1m" }', *sources(interval="1m"), sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("full"), "the journal is full", 300)
    streams = wait_until(lambda: [s for s in world.status(config)["accounts"][0]["streams"] if s["state"] == "full"],
                         "streams say that they wait for space")
    check(all("sink" in stream["remedy"] for stream in streams), f"no remedy: {streams}")
    text = world.postern("status", "-c", config, code=1).stdout
    check("FULL" in text, text)
    requests = lambda: [stream["requests"] for stream in world.status(config)["accounts"][0]["streams"]]
    for _ in range(5):  # at first, what was under way when it became full may come
        before = requests()
        time.sleep(3)  # a minute of the test clock: a poll or two of each stream would be due
        after = requests()
        if after == before:
            break
    check(after == before, f"it asks on although the journal is full: {before}, {after}")
    check(journal_size(world) <= 20 << 20, f"the journal takes {journal_size(world)} bytes")
    gate.open()
    wait_until(lambda: gate.output.exists() and len(gate.output.read_bytes().splitlines()) >= 150000,
               "everything has arrived", 300)
    wait_until(lambda: not world.status(config)["journal"]["full"], "it is not full any more")  # once that is stored
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    check("has space again" in daemon.logged(), daemon.logged()[-3000:])
    world.expect_exact(simulator)


def test_a_stalled_tap_does_not_pin_the_log(world):
    """`tap` into a pipe that nobody reads; the write-ahead log stays small while much is written."""
    world.use_clock(rate=20.0)
    simulator = simulated(world, "100000")
    config = world.config(world.account(simulator, "acme"), 'journal { max_size = "64MiB" }',
                          'source "siem" { interval = "1m" }', *sources(interval="1m"))
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("events", 0) > 500, "first events")
    reading, writing = os.pipe()
    tap = subprocess.Popen([world.program("postern"), "tap", "--oldest", "-c", str(config)], stdout=writing,
                           env=world.environment())
    world.processes.append(tap)
    largest = 0

    def all_there():
        nonlocal largest
        log = world.state / "journal.db-wal"
        largest = max(largest, log.stat().st_size if log.exists() else 0)
        return sum(d["delivered"] for d in world.status(config)["deliveries"]) >= 100000

    wait_until(all_there, "everything is delivered", 300)
    check(tap.poll() is None, "tap has ended")
    check(largest < 12 << 20, f"the write-ahead log grew to {largest} bytes")
    check(journal_size(world) > largest, "too little was written for this test to mean anything")
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    os.close(writing)
    os.close(reading)
    world.expect_exact(simulator)


def test_a_stop_does_not_wait_for_a_slow_answer(world):
    simulator = simulated(world, "600", "--faults", "slow=100%@30s")
    config = world.config(world.account(simulator, "acme"), *sources())
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and (world.state / "journal.db").exists(), "the journal")
    time.sleep(1)  # whatever request is under way takes half a minute
    code, seconds = daemon.stop()
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("faults", {"clear": True})
    simulator.control("client-restarted", {})
    world.run_once(config)
    world.expect_exact(simulator)


def stop_while_scripts_loop(world, *parts, endless):
    script = world.path / "endless.lua"
    script.write_text(f"return function(event) {endless} return event end\n")
    simulator = simulated(world, "3000")
    config = world.config(world.account(simulator, "acme"), *sources(), *parts, transform=f'"{script}"')
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("events", 0) > 0, "first events")
    time.sleep(1)
    code, seconds = daemon.stop(60)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("client-restarted", {})
    script.write_text("return function(event) return event end\n")
    dead = world.status(config)["journal"]["dead_letters"]
    world.run_once(config)
    if dead:
        world.postern("dead", "retry", "all", "-c", config)
    world.expect_exact(simulator)


def test_a_stop_does_not_wait_for_scripts_that_loop(world):
    stop_while_scripts_loop(world, endless="while true do end")


def test_a_stop_does_not_wait_for_a_script_whose_limit_is_long(world):
    stop_while_scripts_loop(world, 'limits { script_time = "5m" }', endless="while true do end")


def test_a_stop_does_not_wait_for_a_sink_that_hangs(world):
    gate = Gate(world)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"), gate.modules, *sources(), sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(gate.is_waiting, "the sink hangs")
    code, seconds = daemon.stop()
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("client-restarted", {})
    gate.open()
    world.run_once(config)
    world.expect_exact(simulator)


def test_once_stops_in_time_while_a_sink_hangs(world):
    gate = Gate(world)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"), gate.modules, *sources(), sink=gate.sink)
    run = world.daemon(config, "--once")
    wait_until(gate.is_waiting, "the sink hangs")
    wait_until(lambda: all(s["state"] == "ok" for s in world.status(config)["accounts"][0]["streams"]), "all is read")
    time.sleep(0.5)
    code, seconds = run.stop(60)
    check(code == 1 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {run.logged()}")
    gate.open()
    world.run_once(config)
    world.expect_exact(simulator)


def test_a_reload_does_not_wait_for_an_unchanged_sink_that_hangs(world):
    gate = Gate(world)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"), gate.modules, *sources(), sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(gate.is_waiting, "the sink hangs")
    # A request that the reload breaks off may still be being answered when it is asked again: not what is tried here.
    wait_until(lambda: all(s["state"] == "ok" for s in world.status(config)["accounts"][0]["streams"]), "all is read")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged(), "reloaded")
    check("NOT reloaded" not in daemon.logged(), daemon.logged())
    gate.open()
    wait_until(lambda: sum(d["backlog_events"] for d in world.status(config)["deliveries"]) == 0, "all is delivered")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_reload_while_a_changed_sink_hangs_changes_nothing(world):
    gate = Gate(world)
    simulator = simulated(world)
    parts = world.account(simulator, "acme"), gate.modules, *sources()
    config = world.config(*parts, sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(gate.is_waiting, "the sink hangs")
    world.config(*parts, sink=gate.changed())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "NOT reloaded" in daemon.logged(), "the reload is refused", 100)
    check('the sink "files" has not finished its batch' in daemon.logged(), daemon.logged())
    gate.open()
    wait_until(lambda: sum(d["backlog_events"] for d in world.status(config)["deliveries"]) == 0, "all is delivered")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged().replace("NOT reloaded", ""), "reloaded")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_stop_comes_before_a_reload_that_waits(world):
    gate = Gate(world)
    simulator = simulated(world)
    parts = world.account(simulator, "acme"), gate.modules, *sources()
    config = world.config(*parts, sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(gate.is_waiting, "the sink hangs")
    world.config(*parts, sink=gate.changed())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "reloading" in daemon.logged(), "the reload has begun")
    code, seconds = daemon.stop(100)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")


def test_a_retry_does_not_hold_up_a_stop(world):
    """A dead letter is retried while its sink hangs: the daemon ends in time, and the command with it."""
    script = world.path / "picky.lua"
    script.write_text('return function(event) if event.auditType then error("no") end return event end\n')
    gate = Gate(world)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"), gate.modules, *sources(), sink=gate.sink,
                          transform=f'"{script}"', pipeline="script_failures = 100")
    gate.open()
    world.run_once(config)
    gate.path.touch()
    simulator.control("publish", {"events": 5, "endpoint": "dlp"})
    letter = world.postern("dead", "list", "-c", config).stdout.split()[0]
    script.write_text("return function(event) return event end\n")
    daemon = world.daemon(config)
    daemon.wait_until_running()
    retry = subprocess.Popen([world.program("postern"), "dead", "retry", letter, "-c", str(config)],
                             stderr=subprocess.PIPE, env=world.environment(), text=True)
    world.processes.append(retry)
    wait_until(gate.is_waiting, "the sink hangs")
    code, seconds = daemon.stop(60)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    check(retry.wait(patience(20)) == 1, "the retry did not say that it failed")
    gate.open()
    world.postern("dead", "retry", "all", "-c", config)
    check(world.postern("dead", "list", "-c", config).stdout.strip() == "no dead letters", "letters are left")


def test_a_reload_adds_and_removes_accounts_and_pipelines(world):
    simulator = simulated(world, "600", "--accounts", "2")
    acme, globex = world.account(simulator, "acme"), world.account(simulator, "globex", 1)
    second = (f'sink "audit" {{ type = "file", path = "{world.path}/audit-only/%{{account}}.ndjson" }}\n'
              'pipeline "second" { from = { "audit" }, accounts = { "*" }, transform = {}, to = { "audit" } }')
    config = world.config(acme, *sources())
    daemon = world.daemon(config)
    names = lambda: {account["name"] for account in world.status(config)["accounts"]}
    deliveries = lambda: {delivery["name"] for delivery in world.status(config)["deliveries"]}
    wait_until(lambda: len(list(world.output.glob("acme/*.ndjson"))) == 6, "files of the first account")
    world.config(acme, globex, *sources(), second)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: len(list(world.output.glob("globex/*.ndjson"))) == 6, "files of the second account")
    wait_until(lambda: (world.path / "audit-only" / "globex.ndjson").exists(), "the second pipeline delivers")
    check(names() == {"acme", "globex"}, f"{names()}")
    check(deliveries() == {"default/files", "second/audit"}, f"{deliveries()}")
    world.config(globex, *sources())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: names() == {"globex"}, "status shows the accounts that there are")
    check(deliveries() == {"default/files"}, f"{deliveries()}")
    check("acme" not in world.postern("status", "-c", config).stdout, "status shows what was removed")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.config(acme, globex, *sources())
    world.run_once(config)
    check(names() == {"acme", "globex"}, f"{names()}")
    world.expect_exact(simulator)


def test_a_removed_account_is_not_in_trouble_for_ever(world):
    """`status` is what a monitor calls: an account that was given up must not keep it red."""
    simulator = simulated(world, "300", "--accounts", "2")
    simulator.control("keys", {"account": simulator.keys(1)["account"], "revoked": True})
    acme, globex = world.account(simulator, "acme"), world.account(simulator, "globex", 1)
    config = world.config(acme, globex, *sources())
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and any(account.get("error") for account in
                                                    world.status(config)["accounts"]), "the refused account says so")
    wait_until(lambda: len(list(world.output.glob("acme/*.ndjson"))) == 6, "files of the good account")
    world.config(acme, *sources())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged(), "reloaded")
    wait_until(lambda: world.postern("status", "-c", config, code=None).returncode == 0, "status is good again")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_reload_says_what_needs_a_restart(world):
    simulator = simulated(world)
    account = world.account(simulator, "acme")
    config = world.config(account)
    daemon = world.daemon(config)
    daemon.wait_until_running()
    text = config.read_text().replace("http { ", 'http { proxy = "http://127.0.0.1:9", ')
    config.write_text(text + 'journal { max_size = "1GiB" }\n')
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "RESTART NEEDED: http.proxy, journal.max_size" in daemon.logged(), "it says so")
    check("except that sinks opened from now on use the new http.proxy\n" in daemon.logged(), daemon.logged())
    check("modules are not reloaded" in daemon.logged(), daemon.logged())
    check(daemon.stop()[0] == 0, daemon.logged())


def kill_between_two_pipelines(world, config, point, count):
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": f"{point}:{count}"})
    code = daemon.wait(60)
    check(code == -signal.SIGKILL, f"{point} was not reached: {code}")


def test_two_pipelines_into_one_sink(world):
    """One file, two cursors, one state: each event once from each pipeline, whenever it dies."""
    script = world.path / "mark.lua"
    script.write_text('return function(event) return \'{"second":\' .. postern.json.encode(event) .. "}" end\n')
    simulator = simulated(world, "2000", "--events-per-file", "200")
    sink = f'sink "files" {{ type = "file", path = "{world.path}/both.ndjson", rotate_size = "256KiB" }}'
    second = f'pipeline "second" {{ from = {{ "*" }}, accounts = {{ "*" }}, transform = {{ "{script}" }}, to = {{ "files" }} }}'
    config = world.config(world.account(simulator, "acme"), *sources(), second, sink=sink)
    for point, count in (("deliver-before-commit", 3), ("deliver-after-commit", 2), ("deliver-before-commit", 5),
                         ("deliver-after-state", 1)):
        kill_between_two_pipelines(world, config, point, count)
        simulator.control("client-restarted", {})
    world.run_once(config)
    lines = [line for file in world.path.glob("both.ndjson*") for line in file.read_text().splitlines()]
    head = '{"second":'
    first = [line for line in lines if not line.startswith(head)]
    again = [line[len(head):-1] for line in lines if line.startswith(head)]
    world.output.mkdir()
    for name, part in (("first", first), ("again", again)):
        (world.output / "part.ndjson").write_text("".join(line + "\n" for line in part))
        good, report = simulator.compare(world.output)
        check(good, f"{name}: {len(part)} lines: {report}")


# ---- check --live ----


def live(world, config, code=1):
    done = world.postern("check", "--live", "-c", config, code=code)
    return done.stdout + done.stderr


def test_check_live_names_the_missing_permission(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    check(lacking(live(world, config, 0)) == 0, "not all work")
    simulator.control("permissions", {"endpoint": "dlp", "allowed": False})
    text = live(world, config)
    check(lacking(text) == 1, text)
    check("Monitoring | Data Leak Prevention | Read" in text, text)


def test_check_live_names_the_wrong_region(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("faults", {"queue": [{"fault": "fail", "endpoint": "audit", "times": 1,
                                            "code": "err_audit_log_incorrect_region"}]})
    text = live(world, config)
    check("region" in text and "base_url" in text and lacking(text) == 1, text)


def test_check_live_names_the_expired_key(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("keys", {"expired_before": 1})
    text = live(world, config)
    check("expired" in text and "make new keys" in text and "Authentication Cache TTL" in text, text)
    check("acme: 0 of " in text and text.count("FAILS") == 1, text)


def test_check_live_names_the_wrong_clock(world):
    """Signed again with the vendor's time it works; that the clock is wrong is said all the same."""
    world.use_clock()
    simulator = simulated(world)
    world.clock = TestClock(world.path / "another-clock", world.clock.now_ms() - (2 * HOUR + MINUTE) * 1000)
    config = world.config(world.account(simulator, "acme"))
    text = live(world, config, 0)
    check(lacking(text) == 0, text)
    check("clock is 2h" in text and "behind the vendor" in text, text)


def test_what_holds_credentials_leaves_no_core_dump(world):
    simulator = simulated(world, "100", "--faults", "slow=100%@10m")
    config = world.config(world.account(simulator, "acme"))
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    probe = subprocess.Popen([world.program("postern"), "check", "--live", "-c", str(config)],
                             stdout=subprocess.DEVNULL, env=world.environment())
    world.processes.append(probe)
    limits = f"/proc/{probe.pid}/limits"
    wait_until(lambda: any(line.split()[4:6] == ["0", "0"] for line in open(limits) if line.startswith("Max core")),
               "no core dump")
    check(probe.poll() is None, "it has ended")
