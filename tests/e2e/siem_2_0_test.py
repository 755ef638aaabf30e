# labels: threads
"""The mail flow logs over API 2.0, from the real simulator: batches of files, their links and their storage."""
import random
import signal
import time

from harness import HOUR, MINUTE, check, wait_until

DAY = 24 * HOUR
LOGS = ("receipt", "process", "delivery", "jrnl", "av", "spam", "ttp-url", "ttp-attachment", "impersonation", "iep")
FAULTS = ("all=1%,stray-401=2%,storage:500=2%,storage:reset=2%,storage:truncated-gz=3%,storage:wrong-checksum=3%,"
          "storage:permanent:broken-line=3%")


def simulate(world, *options, sources="siem"):
    return world.simulate("--sources", sources, "--events-per-file", "150", *options)


def configure(world, simulator, *parts):
    """Of API 2.0's sources only those of the batches are read."""
    others = [f'source "{name}" {{ enabled = false }}'
              for name in ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    return world.config(world.account(simulator, "globex", api=2), *others, *parts)


def streams_of(world, config):
    return {stream["name"]: stream for stream in world.status(config)["accounts"][0]["streams"]}


def events_for(world, count):
    return str(count if not world.sanitized else count // 10)


def test_all_logs_with_quirks_and_faults(world):
    """Links that die, files that are listed twice, cut, or hold broken lines, ends that are told late, tokens that are refused."""
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", events_for(world, 20000), "--history", "6h", "--quiet-period", "1h", "--quirks", "on",
                         "--lateness", "30m", "--link-life", "5m", "--faults", FAULTS)
    config = configure(world, simulator)
    done = world.run_once(config, timeout=800)
    print(world.expect_exact(simulator))
    faults = simulator.control("statistics")["faults"]
    print(f"faults given: {faults}")
    for fault in ("stray-401", "truncated-gz", "wrong-checksum", "broken-line"):
        check(faults.get(fault), f"{fault} was never given: {faults}")
    streams = streams_of(world, config)
    for log in LOGS:
        stream = streams[f"siem-{log}"]
        check(stream["state"] == "ok" and stream["events"] > 0, f"{stream}")
    check("X-Amz" not in done.stderr and "ignature" not in done.stderr, "a link was logged")
    listed = world.postern("dead", "list", "-c", config).stdout
    check(".gz, line " in listed, f"broken lines are not named:\n{listed}")


def test_kills_lose_and_repeat_nothing(world):
    chance = random.Random(7)
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", events_for(world, 20000), "--history", "6h", "--quirks", "on", "--live-rate", "60",
                         "--faults", FAULTS)
    config = configure(world, simulator)
    for _ in range(12):
        daemon = world.daemon(config)
        deadline = time.monotonic() + chance.uniform(0.1, 1.0)
        wait_until(lambda: time.monotonic() > deadline or daemon.process.poll() is not None, "the moment of the kill")
        daemon.process.kill()
        code = daemon.process.wait()
        check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
        simulator.control("client-restarted", {})
    simulator.control("live", {"per_minute": 0})
    world.pass_time(2 * HOUR)
    world.run_once(config, timeout=600)
    print(world.expect_exact(simulator))


def test_a_refused_place_is_read_again_and_silent(world):
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", "2000", "--history", "3h", "--quiet-period", "1h", "--quirks", "on")
    config = configure(world, simulator)
    world.run_once(config, timeout=300)
    before = streams_of(world, config)
    simulator.control("faults", {"queue": [{"fault": "invalid-token", "endpoint": "siem", "account": simulator.keys(0, 2)["account"],
                                            "times": 5}]})
    done = world.run_once(config, timeout=300)
    check(simulator.control("statistics")["faults"].get("invalid-token") == 5, "no token was refused")
    check("read again" in done.stderr and "does not keep any more" in done.stderr, done.stderr[-3000:])
    world.expect_exact(simulator)
    after = streams_of(world, config)
    again = [name for name in after if after[name]["repeats"] > before[name]["repeats"]]
    check(len(again) >= 3, f"read again: {again}")


def test_a_place_that_has_grown_too_old(world):
    """The stream stood still for longer than Mimecast keeps: what can be read is, and the gap is said."""
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", "2000", "--history", "3h", "--quiet-period", "1h", "--quirks", "off")
    config = configure(world, simulator)
    world.run_once(config, timeout=300)
    world.pass_time(10 * DAY)
    simulator.control("publish", {"events": 50, "account": simulator.keys(0, 2)["account"], "endpoint": "siem"})
    done = world.run_once(config, timeout=300)
    check("gap: the vendor refused the place where siem-receipt stopped" in done.stderr, done.stderr[-3000:])
    print(world.expect_exact(simulator))


def test_what_was_not_kept_is_a_gap(world):
    """Away for seven days and a half: that is not as long as files are remembered, and longer than Mimecast keeps."""
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", "2000", "--history", "3h", "--quiet-period", "1h", "--quirks", "off")
    config = configure(world, simulator)
    world.run_once(config, timeout=300)
    check(not world.status(config)["gaps"], "there is a gap without an outage")
    stopped = world.clock.now_ms()
    world.pass_time(6 * 3600)
    simulator.control("publish", {"events": 500, "account": simulator.keys(0, 2)["account"], "endpoint": "siem"})  # never seen
    world.pass_time(7.1 * DAY)
    simulator.control("publish", {"events": 50, "account": simulator.keys(0, 2)["account"], "endpoint": "siem"})
    done = world.run_once(config, timeout=300)
    check("gap: the vendor refused the place where siem-receipt stopped" in done.stderr, done.stderr[-3000:])
    gaps = {one["stream"]: one for one in world.status(config)["gaps"]}
    check("siem-receipt" in gaps, f"{gaps}\n{done.stderr[-2000:]}")
    lasted = gaps["siem-receipt"]["missing_seconds"]
    check(6 * 3600 < lasted <= (world.clock.now_ms() - stopped) / 1000, f"{gaps}")
    shown = world.postern("status", "-c", config, code=None).stdout
    check(": nothing was read from" in " ".join(shown.split()), shown)  # of some of the streams
    world.run_once(config, timeout=300)
    check({one["stream"]: one for one in world.status(config)["gaps"]} == gaps, "a further reading changes it")


def test_cloud_integrated_is_looked_for_every_day(world):
    world.use_clock(rate=200.0)
    simulator = simulate(world, "--events", "1000", "--history", "3h", "--quiet-period", "1h", sources="siem-ci")
    product = {"account": simulator.keys(0, 2)["account"], "product": "Threats, Security Events, and Data for CI"}
    simulator.control("products", {**product, "included": False})
    config = configure(world, simulator)
    world.run_once(config, timeout=300)  # it is no error
    streams = streams_of(world, config)
    for log in ("entities", "mailflow", "urlclick"):
        check(streams[f"siem-ci-{log}"]["state"] == "not licensed", f"{streams[f'siem-ci-{log}']}")
    daemon = world.daemon(config)
    wait_until(lambda: all(streams_of(world, config)[name]["last_attempt"] > stream["last_attempt"] and
                           streams_of(world, config)[name]["state"] == "not licensed"
                           for name, stream in streams.items() if name.startswith("siem-ci-")), "it has asked and waits")
    simulator.control("products", {**product, "included": True})
    world.pass_time(DAY + HOUR)
    wait_until(lambda: all(streams_of(world, config)[f"siem-ci-{log}"]["state"] == "ok" for log in ("entities", "mailflow", "urlclick")),
               lambda: f"the streams are read: {streams_of(world, config)}")
    daemon.stop()
    world.run_once(config, timeout=300)
    print(world.expect_exact(simulator))
