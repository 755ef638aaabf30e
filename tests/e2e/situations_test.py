"""What `status` must say in which situation: the table of them, each brought about with the real program.

A row is a function that brings the situation about and gives the configuration; above it stands what must be said: verdict,
code of the first reason, and a pattern for the first line. The exit code is 0 for "good" and 1 for everything else. Hours pass
on the test clock. Another row:

    @situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url .*")
    def a_missing_permission(world):
        simulator, config, daemon = works(world)
        simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
        world.clock.jump(HOUR)
        return config
"""
import functools
import json
import re
import signal

from harness import HOUR, MINUTE, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
DAY = 24 * HOUR


def situation(verdict, reason, first_line, more=()):
    """`reason`: None if all is good; `more`: codes that must be among the further reasons."""

    def decorate(bring_about):
        @functools.wraps(bring_about)
        def test(world):
            config = bring_about(world)
            expect(world, config, verdict, reason, first_line, more)

        globals()["test_" + bring_about.__name__] = test
        return test

    return decorate


def look(world, config):
    text = world.postern("status", "-c", config, code=None)
    json_text = world.postern("status", "--json", "-c", config, code=None)
    return text, json_text, json.loads(json_text.stdout)


def expect(world, config, verdict, reason, first_line, more):
    seen = None

    def is_so():
        nonlocal seen
        text, json_text, status = seen = look(world, config)
        codes = [each["code"] for each in status["reasons"]]
        return (status["verdict"] == verdict and codes[:1] == ([reason] if reason else []) and set(more) <= set(codes[1:])
                and re.fullmatch(first_line, text.stdout.splitlines()[0]))

    try:
        wait_until(is_so, "the verdict", 20)
    finally:
        if seen:
            print("        " + seen[0].stdout.splitlines()[0][:160])
    text, json_text, status = seen
    code = 0 if verdict == "good" else 1
    check(text.returncode == json_text.returncode == code, f"exit codes {text.returncode}, {json_text.returncode}, not {code}")
    check(status["good"] == (verdict == "good"), f"good: {status['good']}")
    for each in status["reasons"]:
        check(each["text"] and each["level"] in ("attention", "bad"), f"{each}")
        check(each["remedy"] in text.stdout, f"not in the text: {each}\n{text.stdout}")


def says_good(world, config):
    """And every stream was read."""
    done = world.postern("status", "-c", config, code=None)
    return done.returncode == 0 and re.match(r"GOOD: running for .*; all \d+ streams of ", done.stdout)


def simulated(world, *options, events="60"):
    return world.simulate("--events", events, "--history", "1h", "--quiet-period", "10m", "--quirks", "off", *options)


def works(world, *parts, sink=None, transform="", accounts=1, events="60"):
    """A daemon that has read everything once and says that all is well."""
    world.use_clock()
    simulator = simulated(world, "--accounts", str(accounts), events=events)
    names = [world.account(simulator, f"customer-{number}" if number else "acme", number) for number in range(accounts)]
    config = world.config(*names, *parts, sink=sink, transform=transform)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and says_good(world, config), "all is well", 60)
    return simulator, config, daemon


def has_moved(world, config, seconds):
    """The clock jumps, and the daemon has noticed: a fresh heartbeat."""
    before = world.status(config)["process"]["heartbeat"]
    world.clock.jump(seconds)
    wait_until(lambda: world.status(config)["process"]["heartbeat"] > before, "a new heartbeat")


# ---- The program ----------------------------------------------------------------------------------------------------------


@situation("good", None, r"GOOD: running for .*; all 6 streams of 1 account are read, and nothing waits too long")
def all_is_well(world):
    return works(world)[1]


@situation("bad", "never_started", r"BAD: Postern has never run with this state directory → Start it: `postern run`.*")
def never_started(world):
    simulator = simulated(world)
    return world.config(world.account(simulator, "acme"))


@situation("bad", "not_running", r"BAD: Postern has not been running since 2026-\S+ \(10h.* ago\); it did not end by itself: .* → Start it .*")
def killed(world):
    _, config, daemon = works(world)
    daemon.process.kill()
    daemon.process.wait()
    world.clock.jump(10 * HOUR)
    return config


@situation("bad", "not_running", r"BAD: Postern has not been running since 2026-\S+ \(2h.* ago\); it was told to stop → Start it.*")
def told_to_stop(world):
    _, config, daemon = works(world)
    check(daemon.stop()[0] == 0, daemon.logged())
    world.clock.jump(2 * HOUR)
    return config


@situation("bad", "no_heartbeat", r"BAD: Postern does not move: process \d+ was stopped 10h.* ago .* → Let it go on: kill -CONT \d+")
def a_stopped_process(world):
    _, config, daemon = works(world)
    daemon.signal(signal.SIGSTOP)
    world.clock.jump(10 * HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_process_that_was_stopped_and_goes_on(world):
    _, config, daemon = works(world)
    daemon.signal(signal.SIGSTOP)
    world.clock.jump(10 * HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    daemon.signal(signal.SIGCONT)
    return config


@situation("good", None, r"GOOD: the last `postern run --once` ended at 2026-\S+ \(.* ago\): everything was read and delivered")
def finished_once(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    world.run_once(config)
    world.clock.jump(12 * HOUR)
    return config


@situation("bad", "once_overdue", r"BAD: the last `postern run --once` ended at 2026-\S+ \(3d ago\).* once = \"1d 1h\".* → .*")
def once_and_never_again(world):
    config = finished_once.__wrapped__(world)
    world.clock.jump(2 * DAY + 12 * HOUR)
    return config


@situation("attention", "clock_off", r"ATTENTION: this machine's clock is (1h 59m|2h) ahead of the vendor's → Set it right, .*")
def a_clock_that_is_ahead(world):
    world.use_clock()
    world.use_own_clock()
    world.own_clock.step(2 * HOUR)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    world.run_once(config)
    return config


@situation("attention", "once_incomplete", r"ATTENTION: the last `postern run --once`, .* left something \(exit code 1\) → .*",
           more=["stream_not_permitted"])
def once_with_something_left(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    world.run_once(config, code=1)
    return config


@situation("bad", "once_not_finished", r"BAD: the last `postern run --once` has not finished; .* did not end by itself: .*")
def once_that_was_killed(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    daemon = world.daemon(config, "--once", environment={"POSTERN_FAILPOINT": "deliver-after-commit:2"})
    check(daemon.process.wait(60) == -signal.SIGKILL, "it was not killed")
    return config


# ---- The disk -------------------------------------------------------------------------------------------------------------


class Disk:
    """What broken_disk.c does to the state directory."""

    def __init__(self, world):
        self.mode = world.path / "state.mode"
        world.variables.update(LD_PRELOAD=f"{world.build}/e2e-preload/broken_disk.so", POSTERN_BROKEN_DISK=str(world.state),
                               ASAN_OPTIONS="verify_asan_link_order=0")

    def becomes(self, mode):
        self.mode.write_text(mode)


def with_disk(world, mode):
    disk = Disk(world)
    simulator, config, daemon = works(world)
    disk.becomes(mode)
    simulator.control("publish", {"events": 3000, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(HOUR)
    return disk, simulator, config, daemon


@situation("bad", "disk_full", r"BAD: the disk of the state directory \S+ has been full for .*: nothing is stored, .* → Free space .*")
def a_full_disk(world):
    return with_disk(world, "full")[2]


@situation("bad", "read_only", r"BAD: the state directory \S+ is on a read-only file system: nothing can be stored → See .*")
def a_read_only_disk(world):
    return with_disk(world, "read-only")[2]


@situation("good", None, r"GOOD: running .*")
def a_disk_that_has_space_again(world):
    disk, _, config, daemon = with_disk(world, "full")
    wait_until(lambda: not says_good(world, config), "it is seen")
    world.clock.jump(3 * HOUR)
    disk.mode.unlink()
    wait_until(lambda: re.search(r"can write again after \dh", daemon.logged()), "the recovery is logged")
    return config


# ---- Accounts and streams -------------------------------------------------------------------------------------------------


@situation("bad", "account_failing", r"BAD: 1 of 1 accounts is failing: acme: .* → .*")
def wrong_credentials(world):
    simulator, config, _ = works(world)
    simulator.control("keys", {"account": "acme", "revoked": True})
    has_moved(world, config, HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def not_licensed(world):
    simulator, config, _ = works(world)
    simulator.control("faults", {"queue": [{"fault": "fail", "endpoint": "dlp", "times": 1, "code": "err_product_not_licensed"}]})
    has_moved(world, config, HOUR)
    return config


@situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url \(last read .* ago\): .* → .*")
def a_missing_permission(world):
    simulator, config, _ = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_permission_that_came_back(world):
    simulator, config, daemon = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    has_moved(world, config, 30 * MINUTE)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": True})
    has_moved(world, config, HOUR)
    wait_until(lambda: re.search(r"acme/ttp-url: works again after 1h 30m", daemon.logged()), "the recovery is logged")
    return config


@situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url .*")
def a_restart_that_hides_nothing(world):
    """The vendor is silent when it starts again: what is known to be wrong stays so."""
    simulator, config, daemon = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    check(daemon.stop()[0] == 0, daemon.logged())
    simulator.process.send_signal(signal.SIGSTOP)
    world.daemon(config)
    wait_until(lambda: world.status(config)["running"], "it runs again")
    return config


@situation("bad", "stream_late", r"BAD: 6 of 6 streams are not being read: acme/audit \(last read [34]h.* ago\) → .*")
def a_silent_vendor(world):
    simulator, config, _ = works(world)
    simulator.process.send_signal(signal.SIGSTOP)
    has_moved(world, config, 3 * HOUR)
    return config


@situation("bad", "stream_pending", r"BAD: 6 of 6 streams are never read yet: acme/audit \(never read\) → .*")
def streams_that_stay_pending(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.process.send_signal(signal.SIGSTOP)
    world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config).get("process"), "a heartbeat")
    has_moved(world, config, 2 * HOUR)
    return config


@situation("attention", "account_failing", r"ATTENTION: 1 of 300 accounts is failing: customer-17: .* → .*")
def one_bad_account_of_300(world):
    off = [f'source "{name}" {{ enabled = false }}' for name in WINDOWS if name != "ttp-url"] + ['source "siem" { enabled = false }']
    simulator, config, _ = works(world, *off, accounts=300, events="5")
    simulator.control("keys", {"account": simulator.keys(17)["account"], "revoked": True})
    has_moved(world, config, 30 * MINUTE)
    return config


# ---- Deliveries -----------------------------------------------------------------------------------------------------------


class Gate:
    """The sink of gate_sink.c: while the gate is closed its writes wait."""

    def __init__(self, world):
        self.path = world.path / "gate"
        self.output = world.output / "acme" / "all.ndjson"
        self.output.parent.mkdir(parents=True)
        self.modules = f'modules = {{ "{world.build}/e2e-modules" }}'
        self.sink = f'sink "files" {{ type = "gate", path = "{self.output}", gate = "{self.path}" }}'

    def is_waiting(self):
        return (self.path.parent / "gate.waiting").exists()


def blocked(world):
    gate = Gate(world)
    simulator, config, daemon = works(world, gate.modules, sink=gate.sink)
    gate.path.touch()
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    has_moved(world, config, 20 * MINUTE)
    wait_until(gate.is_waiting, "the sink is in write")
    has_moved(world, config, 10 * HOUR)
    return gate, config, daemon


@situation("bad", "sink_blocked", r'BAD: the sink "files" has been blocked in write for 10h.*; \d+ events wait for default/files → .*')
def a_blocked_sink(world):
    return blocked(world)[1]


@situation("good", None, r"GOOD: running .*")
def a_sink_that_goes_on(world):
    gate, config, _ = blocked(world)
    gate.path.unlink()
    return config


def failing(world):
    gate = Gate(world)
    simulator, config, daemon = works(world, gate.modules, sink=gate.sink)
    gate.output.unlink()
    gate.output.mkdir()
    check(daemon.stop()[0] == 0, daemon.logged())
    daemon = world.daemon(config)
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(20 * MINUTE)
    wait_until(lambda: world.status(config)["deliveries"][0]["state"] == "retrying", "the sink fails")
    return gate, config, daemon


@situation("attention", "delivery_retrying", r"ATTENTION: the delivery default/files does not get through for .* \(last delivered .*")
def a_failing_sink(world):
    return failing(world)[1]


@situation("bad", "delivery_retrying", r"BAD: the delivery default/files does not get through for 3h.* \(last delivered .*, \d+ events wait\): .*")
def a_sink_that_fails_for_hours(world):
    _, config, _ = failing(world)
    has_moved(world, config, 3 * HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_sink_that_works_again(world):
    gate, config, daemon = failing(world)
    has_moved(world, config, 3 * HOUR)
    gate.output.rmdir()
    has_moved(world, config, HOUR)
    wait_until(lambda: re.search(r"default/files: works again after [34]h", daemon.logged()), "the recovery is logged")
    return config


@situation("bad", "journal_full", r"BAD: the journal has been full for .* \(journal { max_size = 16.0 MiB }\) of events that no sink takes: .* → .*")
def a_full_journal(world):
    world.use_clock(rate=20.0)
    gate = Gate(world)
    gate.path.touch()
    simulator = simulated(world, events="150000")
    config = world.config(world.account(simulator, "acme"), gate.modules, 'journal { max_size = "16MiB", retain = "0s" }',
                          *(f'source "{name}" {{ interval = "1m", lookback = "3h" }}' for name in WINDOWS),
                          'source "siem" { interval = "1m" }', sink=gate.sink)
    world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("full"), "the journal is full", 300)
    world.clock.set_rate(1.0)
    return config


# ---- The state directory --------------------------------------------------------------------------------------------------


@situation("bad", "not_running", r"BAD: Postern has not been running since .*; it ended with exit code 1 → See in its log why.*")
def a_removed_lock(world):
    _, config, daemon = works(world)
    (world.state / "lock").unlink()
    check(daemon.process.wait(30) == 1, daemon.logged())
    return config


@situation("bad", "journal_unreadable", r"BAD: \S+journal.db.* → .*")
def a_damaged_journal(world):
    _, config, daemon = works(world)
    check(daemon.stop()[0] == 0, daemon.logged())
    (world.state / "journal.db").write_bytes(b"this is no database" * 1000)
    return config
