"""Accounts of both APIs, every source, every quirk, what happens on the way and files damaged for good at once: nothing lost, nothing repeated,
nothing that Mimecast would refuse; through a loop of kill -9, and with what appears late behind a gap of days.

The full size:  POSTERN_ACCOUNTS=20 POSTERN_EVENTS=300000 POSTERN_KILLS=100 POSTERN_TEST_TIMEOUT=7200 \\
                    tests/e2e/harness.py BUILD_FOLDER tests/e2e/both_apis_test.py
POSTERN_SOURCES names the sources (default: all), POSTERN_FAULTS what happens on the way."""
import collections
import os
import random
import re
import signal
import time

from harness import HOUR, check, wait_until

ACCOUNTS = int(os.environ.get("POSTERN_ACCOUNTS", "4"))
EVENTS = int(os.environ.get("POSTERN_EVENTS", "16000"))
KILLS = int(os.environ.get("POSTERN_KILLS", "12"))
FAULTS = os.environ.get("POSTERN_FAULTS", "all=0.5%")
TIMEOUT = int(os.environ.get("POSTERN_TEST_TIMEOUT", "400"))


def sources_of(world):
    """Name -> True if it is read by time, of each source that the modules declare."""
    found = {}
    for name, streams in re.findall(r"^    source (\S+).*\n((?:      stream .*\n)+)", world.postern("modules").stdout, re.M):
        found[name] = "(read by time" in streams
    wanted = os.environ.get("POSTERN_SOURCES")
    return {name: by_time for name, by_time in found.items() if not wanted or name in wanted.split(",")}


def events_of_each(world):
    return str(EVENTS // ACCOUNTS // (10 if world.sanitized else 1))


def configuration(world, simulator, sources, lookback):
    """Every second account is one of API 2.0."""
    accounts = [world.account(simulator, f"customer-{number}", number, api=2 if number % 2 else 1) for number in range(ACCOUNTS)]
    blocks = [f'source "{name}" {{ lookback = "{lookback}", enabled = true }}' for name, by_time in sources.items() if by_time]
    return world.config(*accounts, *blocks, further=True)


def read_to_the_end(world, simulator, config):
    """What changes while it is read for the last time cannot be there. Once the world stands still, two readings bring all of it:
    a message has left the queue when two do not show it."""
    simulator.control("stand-still", {})
    world.clock.jump(3 * HOUR)
    world.run_once(config, timeout=TIMEOUT)
    world.run_once(config, timeout=TIMEOUT)


def expect_both(world, simulator, shown):
    """`shown`: nobody looked for that long, so what came and went in that time cannot be there."""
    report = world.expect_exact(simulator, shown=shown)
    statistics = simulator.control("statistics")
    check(statistics["requests"]["storage"].get("200", 0) > 0 and statistics["requests"]["token"].get("200", 0) > 0,
          f"nothing came over API 2.0: {statistics}")
    print(f"accounts {ACCOUNTS}, faults given: {statistics['faults']}\n{report}")


def test_kills_lose_and_repeat_nothing(world):
    chance = random.Random(7)
    world.use_clock(rate=100.0)
    sources = sources_of(world)
    simulator = world.simulate("--accounts", str(ACCOUNTS), "--events", events_of_each(world), "--history", "6h",
                               "--quirks", "on", "--lateness", "40m", "--sources", ",".join(sources), "--events-per-file", "400",
                               "--page-token-lifetime", "7d", "--live-rate", "5", "--faults", f"{FAULTS},permanent:all=0.5%")
    config = configuration(world, simulator, sources, "9h")
    ended = collections.Counter()
    for _ in range(KILLS):
        daemon = world.daemon(config)
        time.sleep(chance.uniform(0.3, 3.0))
        daemon.process.kill()
        code = daemon.process.wait()
        ended[code] += 1
        check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
        simulator.control("client-restarted", {})
    print(f"kills: {dict(ended)}")
    read_to_the_end(world, simulator, config)
    expect_both(world, simulator, "4h")


def test_late_events_behind_a_gap_of_five_days(world):
    """Read, then five days of nothing but events; what happened in them appears up to 40 minutes late."""
    world.use_clock(rate=100.0)
    sources = sources_of(world)
    in_the_gap = int(events_of_each(world)) / (5 * 24 * 60)
    simulator = world.simulate("--accounts", str(ACCOUNTS), "--events", "200", "--history", "2h", "--quirks", "on",
                               "--lateness", "40m", "--sources", ",".join(sources), "--page-token-lifetime", "7d",
                               "--live-rate", str(in_the_gap), "--faults", FAULTS)
    config = configuration(world, simulator, sources, "3h")
    world.run_once(config, timeout=TIMEOUT)
    world.clock.jump(5 * 24 * HOUR)
    simulator.control("client-restarted", {})
    daemon = world.daemon(config)
    until = world.clock.now_ms()
    world.clock.set_rate(300.0)
    wait_until(lambda: world.clock.now_ms() > until + 2 * HOUR * 1000, "two hours pass while it reads", TIMEOUT)
    code, _ = daemon.stop(timeout=60)
    check(code == 0, f"exit code {code}: {daemon.logged()[-2000:]}")
    read_to_the_end(world, simulator, config)
    expect_both(world, simulator, "6d")
