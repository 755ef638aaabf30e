"""Clocks that are set wrong, ours and the server's, forward and back: at the first start, at new credentials, while the
daemon runs and waits. Whatever they show: nothing is lost, nothing comes twice, nothing stands still."""
import json
import struct
import subprocess

from harness import HOUR, MINUTE, check, wait_until

DAY = 24 * HOUR
STEPS = (-9 * DAY, -DAY, -2 * HOUR, -10 * MINUTE, 10 * MINUTE, 2 * HOUR, DAY, 9 * DAY)
WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
# What no client can know before the server's first answer: what time it is there.
UNAVOIDABLE = {"date-stale", "range-in-future"}
# Dates of answers that differ by five seconds are of one clock. On a busy machine answers take very different times, and where the clock
# runs fast that is more.
CALM = 5.0
TUNED = [f'source "{name}" {{ lookback = "3h", interval = "1m", settle = "10m", delay = "1m" }}' for name in WINDOWS]


def begin(world, *options, rate=60.0, http=""):
    world.use_clock(rate=rate)
    world.use_own_clock()
    simulator = world.simulate("--events", "600", "--history", "2h", "--quiet-period", "10m", "--quirks", "off", *options)
    return simulator, world.config(world.account(simulator, "acme"), *TUNED, 'source "siem" { interval = "1m" }', http=http)


def expect_exact(world, simulator, what, most_wrong=40):
    good, report = simulator.compare(world.output)
    check(good, f"{what}: the output is not the truth: {report}")
    violations = [one for one in simulator.violations() if not world.was_under_way(one)]
    wrong = [violation for violation in violations if violation["rule"] not in UNAVOIDABLE]
    check(not wrong and len(violations) <= most_wrong, f"{what}: {len(violations)} protocol violations: {violations[:5]}")


def check_clock_off(world, config, step):
    """What status says of a step of at least ten minutes; each real second that an answer takes is five of it."""
    said = [account["clock_off_seconds"] for account in world.status(config)["accounts"]]
    check(len(said) == 1 and abs(said[0] + step) < 5 * MINUTE, f"our clock {step:+} s: status says that it is off by {said}")


def check_first_start(world, step, http=""):
    simulator, config = begin(world, rate=CALM, http=http)
    world.own_clock.step(step)
    world.run_once(config, timeout=60)
    expect_exact(world, simulator, f"our clock {step:+} s")
    check_clock_off(world, config, step)
    # It is set right, and later ones go on from there.
    world.own_clock.step(0)
    for _ in range(2):
        simulator.control("publish", {"events": 50})
        world.pass_time(HOUR)
        world.run_once(config, timeout=60)
    expect_exact(world, simulator, f"our clock {step:+} s, then right")
    check_clock_off(world, config, 0)


def test_what_one_stream_was_refused_for_is_known_to_all(world):
    """One after another: when the first was refused, others are signed with the vendor's time from the start, and answered first."""
    for _ in range(4):
        with world.another() as fresh:
            check_first_start(fresh, -9 * DAY, "max_connections_per_host = 1")


def check_new_credentials(world, step):
    simulator, config = begin(world)
    world.run_once(config)
    simulator.control("keys", {"expired_before": 1})
    world.pass_time(2 * HOUR)
    world.run_once(config, code=1)
    keys = json.loads(subprocess.run([world.program("postern-simulator"), "keys", "--seed", "7", "--account", "0", "--generation", "1",
                                      "--json"], check=True, capture_output=True, text=True).stdout)
    for key in ("app_id", "app_key", "access_key", "secret_key"):
        world.variables[f"ACME_{key}".upper()] = keys[key]
    simulator.control("publish", {"events": 50})
    world.pass_time(HOUR)
    world.own_clock.step(step)
    world.run_once(config, timeout=60)
    expect_exact(world, simulator, f"new credentials, our clock {step:+} s")


def each(check_one, steps):
    def test(world):
        for step in steps:
            with world.another() as fresh:
                check_one(fresh, step)
    return test


test_a_first_start_with_our_clock_wrong = each(check_first_start, STEPS)
test_new_credentials_with_our_clock_wrong = each(check_new_credentials, (-DAY, -10 * MINUTE, 2 * HOUR, DAY, 9 * DAY))


def test_our_clock_is_set_while_the_daemon_runs(world):
    simulator, config = begin(world, "--live-rate", "30", "--publish-interval", "1m", rate=120.0)
    daemon = world.daemon(config)
    for step in (0, *STEPS, 0):
        world.own_clock.step(step)
        before = simulator.control("statistics")["requests"]
        wait_until(lambda: all(simulator.control("statistics")["requests"][name].get("200", 0) >= before[name].get("200", 0) + 3
                               for name in WINDOWS), f"all are asked with our clock {step:+} s", 60)
    simulator.control("live", {"per_minute": 0})
    world.wait_until_read(simulator, "our clock was set again and again")
    expect_exact(world, simulator, "our clock was set again and again", most_wrong=0)
    check(daemon.stop()[0] == 0, "it did not end well")


def test_the_server_s_clock_is_set_while_the_daemon_runs(world):
    simulator, config = begin(world, "--live-rate", "30", "--publish-interval", "1m", rate=120.0)
    daemon = world.daemon(config)
    for off in ("10m", "-10m", "2h", "23h", "-2h", "0s"):
        simulator.control("clock", {"off": off})
        # Longer than the ten minutes that confirm a Date. Of a time that is read already, windows ask nothing.
        streams = WINDOWS if not off.startswith("-") else ("siem",)
        before = simulator.control("statistics")["requests"]
        wait_until(lambda: all(simulator.control("statistics")["requests"][name].get("200", 0) >= before[name].get("200", 0) + 15
                               for name in streams), f"all are asked with the server's clock {off}", 90)
    simulator.control("live", {"per_minute": 0})
    world.wait_until_read(simulator, "the server's clock was set again and again")
    expect_exact(world, simulator, "the server's clock was set again and again", most_wrong=120)
    check(daemon.stop()[0] == 0, "it did not end well")


def asked(simulator):
    """How often each of WINDOWS was asked, whatever came of it."""
    requests = simulator.control("statistics")["requests"]
    return [sum(requests[name].values()) for name in WINDOWS]


def test_waits_go_on_while_our_clock_is_set_back(world):
    """Of the source after failures, of the journal after a failed commit, of run --once as a whole."""
    simulator, config = begin(world, rate=20.0)
    simulator.control("faults", {"queue": [{"fault": "500", "times": 12}]})
    daemon = world.daemon(config, environment={"POSTERN_FAILPOINT": "journal-before-commit:20:error"})
    wait_until(lambda: "HTTP 500" in daemon.logged(), "the first back-off")
    for step in (-DAY, DAY, -9 * DAY, 0):
        before = asked(simulator)
        world.own_clock.step(step)
        wait_until(lambda: all(now > then for now, then in zip(asked(simulator), before, strict=True)), f"all are asked after {step:+} s")
    world.wait_until_read(simulator, "set back while it waits")
    check(daemon.stop()[0] == 0, "it did not end well")
    simulator.control("client-restarted", {})
    world.own_clock.step(-DAY)
    simulator.control("faults", {"queue": [{"fault": "500", "times": 4}]})
    world.pass_time(HOUR)
    world.run_once(config, timeout=60)
    expect_exact(world, simulator, "waits")


def rotated(world):
    return sorted(path.name for path in world.output.glob("*/*.ndjson.*"))


def test_ages_of_files_go_by_no_clock_that_jumps(world):
    """Nine days ahead for a moment: no file is rotated for it, and afterwards all are in time."""
    sink = f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{source}}.ndjson", rotate_age = "6h" }}'
    world.use_clock(rate=60.0)
    world.use_own_clock()
    simulator = world.simulate("--events", "600", "--history", "2h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), *TUNED, sink=sink)
    for step in (0, 9 * DAY, 0, -9 * DAY, 9 * DAY, 0):
        world.own_clock.step(step)
        simulator.control("publish", {"events": 30})
        world.pass_time(10 * MINUTE)
        world.run_once(config)
        check(rotated(world) == [], f"our clock {step:+} s: {rotated(world)}")
    for hours in (6, 6):
        world.pass_time(hours * HOUR)
        simulator.control("publish", {"events": 30})
        world.pass_time(HOUR)
        world.run_once(config)
    check(rotated(world), "nothing was rotated in twelve hours")
    expect_exact(world, simulator, "rotation by age")


def check_gaps(world, first):
    """What is read is known by the vendor's time: a clock of ours that is wrong for a moment makes no gap, and hides none."""
    simulator, config = begin(world)
    for step in (*first, 9 * DAY, 0, -9 * DAY, 0):
        world.own_clock.step(step)
        simulator.control("publish", {"events": 20})
        world.pass_time(10 * MINUTE)
        log = world.run_once(config, timeout=60).stderr
        check(" gap: " not in log and world.status(config)["gaps"] == [], f"our clock {step:+} s: {world.status(config)['gaps']}\n{log}")
    world.pass_time(9 * DAY)
    log = world.run_once(config, timeout=60).stderr
    check("gap: the vendor refused the place where siem stopped" in log, f"nine days in which nothing was read are not named:\n{log}")
    gaps = [gap for gap in world.status(config)["gaps"] if gap["stream"] == "siem"]
    check(len(gaps) == 1 and 7 * DAY < gaps[0]["missing_seconds"] < 9 * DAY, f"gaps: {world.status(config)['gaps']}")


test_a_clock_ahead_makes_no_gap_and_hides_none = each(check_gaps, ((0,), (9 * DAY, 0), (-9 * DAY, 0)))


class SteppedClock:
    """The wall clock of a program that reads the system's (stepped_clock.c)."""

    def __init__(self, world):
        self.path = world.path / "step"
        self.step(0)
        self.environment = {"LD_PRELOAD": str(world.build / "e2e-preload/stepped_clock.so"), "STEPPED_CLOCK": str(self.path)}

    def step(self, seconds):
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds * 1000))


def in_real_time(world):
    simulator = world.simulate("--events", "300", "--history", "2h", "--quiet-period", "10m", "--quirks", "off")
    return simulator, world.config(world.account(simulator, "acme"), *TUNED), SteppedClock(world)


def test_run_once_ends_although_the_system_s_clock_is_set_back(world):
    if world.sanitized:
        return  # a sanitizer wants to be the first library
    simulator, config, clock = in_real_time(world)
    simulator.control("faults", {"queue": [{"fault": "500", "times": 4}]})
    run = world.daemon(config, "--once", environment=clock.environment)
    wait_until(lambda: "HTTP 500" in run.logged(), "a back-off")
    clock.step(-DAY)
    check(run.wait(60) == 0, "it did not end well")
    expect_exact(world, simulator, "run --once")


def test_sink_and_journal_go_on_although_the_system_s_clock_is_set_back(world):
    if world.sanitized:
        return
    simulator, config, clock = in_real_time(world)
    world.output.write_text("where a folder should be")
    daemon = world.daemon(config, environment={**clock.environment, "POSTERN_FAILPOINT": "journal-before-commit:12:error"})
    wait_until(lambda: "failpoint journal-before-commit" in daemon.logged(), "a failed commit")
    wait_until(lambda: [each for each in world.status(config)["deliveries"] if not each["good"]], "a sink in its back-off")
    for step in (-DAY, -2 * DAY):  # whoever waits, waited at the latest when the second came
        clock.step(step)
        wait_until(lambda: any(each["requests"] for account in world.status(config)["accounts"] for each in account["streams"]),
                   "something was asked")
    world.output.unlink()
    world.wait_until_read(simulator, "the system's clock is set back two days")
    check(daemon.stop()[0] == 0, "it did not end well")
