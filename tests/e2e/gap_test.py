"""Hours pass in seconds: a gap read in slices, events that appear late, new credentials."""
import contextlib
import json
import sqlite3
import subprocess

from harness import HOUR, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def settled(world, config, until_ms):
    import datetime
    streams = [stream for account in world.status(config)["accounts"] for stream in account["streams"]
               if stream["source"] != "siem"]
    def ms(text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000 if text else 0
    return len(streams) == 5 and all(ms(stream["settled_until"]) >= until_ms for stream in streams)


def test_a_gap_of_five_hours_is_read_in_slices(world):
    world.use_clock(rate=60.0)
    events = 100_000 if not world.sanitized else 5_000
    simulator = world.simulate("--events", "2000", "--history", "2h", "--lateness", "40m", "--quirks", "on",
                               "--live-rate", str(events * 1.6 / (9 * 60)), "--faults", "all=0.5%")
    sources = [f'source "{name}" {{ lookback = "3h", slice = "1h" }}' for name in WINDOWS]
    config = world.config(world.account(simulator, "acme"), *sources)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and len(list(world.output.glob("acme/*.ndjson"))) == 6, "first files", 60)
    code, _ = daemon.stop()
    check(code == 0, f"exit code {code}")
    world.clock.jump(5 * HOUR)
    simulator.control("client-restarted", {})
    daemon = world.daemon(config)
    # Long enough that everything up to this moment has appeared, settled, and been read again.
    until = world.clock.now_ms()
    world.clock.set_rate(300.0)
    wait_until(lambda: settled(world, config, until), "everything up to the end of the gap is settled", 300)
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    end = world.clock.now_ms() - HOUR * 1000
    wait_until(lambda: settled(world, config, end), "the rest is settled", 120)
    code, _ = daemon.stop()
    check(code == 0, f"exit code {code}")
    world.run_once(config, timeout=120)
    print(world.expect_exact(simulator))


def test_new_credentials_resume_where_the_old_ones_failed(world):
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "2000", "--history", "1h", "--live-rate", "20", "--quirks", "off")
    sources = [f'source "{name}" {{ lookback = "2h" }}' for name in WINDOWS]
    config = world.config(world.account(simulator, "acme"), *sources)
    world.run_once(config)
    simulator.control("keys", {"expired_before": 1})
    world.clock.jump(2 * HOUR)
    failed = world.run_once(config, code=1, environment=None)
    check("the keys have expired" in failed.stderr, f"the reason is not named: {failed.stderr[-2000:]}")
    output = world.program("postern-simulator")
    keys = json.loads(subprocess.run([output, "keys", "--seed", "7", "--account", "0", "--generation", "1", "--json"],
                                     check=True, capture_output=True, text=True).stdout)
    for key in ("app_id", "app_key", "access_key", "secret_key"):
        world.variables[f"ACME_{key}".upper()] = keys[key]
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(HOUR)
    world.run_once(config)
    print(world.expect_exact(simulator))


def test_the_coverage_ledger_has_one_range_where_nothing_is_missing(world):
    """Hours of polls on every kind of stream: what touches is one range, however long an answer took to store."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "300", "--history", "1h", "--live-rate", "30", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), 'source "siem" { interval = "30s" }')

    def polls():
        return [stream["requests"] for account in world.status(config)["accounts"] for stream in account["streams"]
                if stream["source"] == "siem"]
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and max(polls(), default=0) > 25, "25 polls of siem", 60)
    daemon.stop()
    with contextlib.closing(sqlite3.connect(world.state / "journal.db")) as journal:
        ranges = dict(journal.execute("SELECT s.name, count(*) FROM coverage c JOIN stream s ON s.id = c.stream_id "
                                      "GROUP BY s.name"))
    check(len(ranges) == 6 and set(ranges.values()) == {1}, f"ranges of the streams: {ranges}")


def test_what_replay_limit_leaves_out_is_shown_as_a_gap(world):
    """Refused for fourteen hours; twelve are read again, two are a gap of each window stream, which status shows."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "300", "--history", "1h", "--live-rate", "2", "--quirks", "off")
    sources = [f'source "{name}" {{ lookback = "2h" }}' for name in WINDOWS]
    config = world.config(world.account(simulator, "acme"), *sources)
    world.run_once(config)
    check(world.status(config)["gaps"] == [], "a gap where nothing is missing")
    simulator.control("keys", {"expired_before": 1})
    world.run_once(config, code=1)
    world.clock.jump(14 * HOUR)
    output = world.program("postern-simulator")
    keys = json.loads(subprocess.run([output, "keys", "--seed", "7", "--account", "0", "--generation", "1", "--json"],
                                     check=True, capture_output=True, text=True).stdout)
    for key in ("app_id", "app_key", "access_key", "secret_key"):
        world.variables[f"ACME_{key}".upper()] = keys[key]
    world.run_once(config)
    gaps = world.status(config)["gaps"]
    check(sorted(gap["stream"] for gap in gaps) == sorted(WINDOWS), f"gaps: {gaps}")
    check(all(HOUR < gap["missing_seconds"] < 4 * HOUR for gap in gaps), f"gaps: {gaps}")
    check("acme/audit: nothing was read from" in world.postern("status", "-c", config, code=None).stdout, "not shown")
