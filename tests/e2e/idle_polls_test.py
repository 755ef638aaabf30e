"""Polls that bring nothing new are stored together every few minutes: a kill in between loses and repeats nothing, and what is
shown meanwhile is not called wrong."""
import contextlib
import random
import sqlite3
import time

from harness import HOUR, MINUTE, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
SOURCES = ("siem", *WINDOWS)
KILLS = 12


def prepare(world, *options, waits="10m", rate=60.0):
    world.use_clock(rate=rate)
    simulator = world.simulate("--events", "400", "--history", "2h", "--quirks", "off", *options)
    sources = [f'source "{name}" {{ lookback = "3h", interval = "1m" }}' for name in SOURCES]
    return simulator, world.config(world.account(simulator, "acme"), *sources,
                                   f'journal {{ idle_flush = "{waits}", idle_at_once = 0 }}')


def in_file(world, sql):
    with contextlib.closing(sqlite3.connect(f"file:{world.state}/journal.db?mode=ro", uri=True)) as journal:
        return journal.execute(sql).fetchone()[0]


def asked(world):
    return in_file(world, "SELECT coalesce(sum(requests), 0) FROM stream")


def answered(simulator):
    return sum(count for by_status in simulator.control("statistics")["requests"].values() for count in by_status.values())


def check_ledger(world):
    """No hole, and never further than what the records say."""
    check(in_file(world, "SELECT count(*) FROM stream s WHERE kind = 1 AND settled_until_ms > "
                         "(SELECT max(until_ms) FROM coverage WHERE stream_id = s.id)") == 0, "a record is ahead of the ledger")
    check(in_file(world, "SELECT count(*) FROM (SELECT 1 FROM coverage GROUP BY stream_id HAVING count(*) > 1)") == 0, "the ledger has a hole")


def kill_often(world, waits):
    """Says how many polls at most were in no row when the daemon was killed."""
    chance = random.Random(5)
    simulator, config = prepare(world, "--live-rate", "1", "--publish-interval", "1m", waits=waits)
    most_lost, stored = 0, 0
    for number in range(KILLS):
        begun = answered(simulator)
        daemon = world.daemon(config)
        daemon.wait_until_running()
        time.sleep(chance.uniform(0.2, 3.0))
        if number == KILLS - 1:  # however slow the machine is, polls wait at one of the kills
            wait_until(lambda: answered(simulator) - begun >= 4 * len(SOURCES), "each stream was polled some times")
        daemon.process.kill()
        daemon.wait()
        most_lost = max(most_lost, answered(simulator) - begun - (asked(world) - stored))
        stored = asked(world)
        check_ledger(world)
        simulator.control("client-restarted", {})
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(config, timeout=600)
    print(world.expect_exact(simulator))
    check(world.status(config)["gaps"] == [], "a kill left a gap")
    return most_lost


def test_kills_between_two_flushes_lose_and_repeat_nothing(world):
    most_lost = kill_often(world, waits="10m")
    check(most_lost > 2 * len(SOURCES), f"at most {most_lost} polls waited when it was killed")


def test_kills_with_polls_in_the_log_lose_and_repeat_nothing(world):
    kill_often(world, waits="30s")


def shown(world, config):
    """What `status` says of when each stream was read."""
    return tuple(stream["last_success"] for account in world.status(config)["accounts"] for stream in account["streams"])


def test_what_waits_is_stored_at_the_end_and_in_time(world):
    simulator, config = prepare(world)
    daemon = world.daemon(config)
    world.wait_until_read(simulator)
    wait_until(lambda: asked(world) > 0, "something is stored")
    # Nothing comes any more: what is shown stands still for minutes, and nobody calls it wrong.
    begun = asked(world)
    seen = set()
    deadline = world.clock.now_ms() + 40 * MINUTE * 1000
    while world.clock.now_ms() < deadline:
        seen.add(shown(world, config))
        status = world.status(config)
        check(not [reason for reason in status["reasons"] if reason["code"].startswith("stream")], lambda: str(status["reasons"]))
    check(2 <= len(seen) <= 12, f"{len(seen)} states were shown in 40 minutes of polls every minute: {sorted(seen)}")
    check(daemon.stop()[0] == 0, daemon.logged)
    check(asked(world) > begun + 6 * 25, f"{asked(world) - begun} requests were counted")
    wait_until(lambda: in_file(world, "SELECT min(last_success_ms) FROM stream WHERE requests > 0") >
               world.clock.now_ms() - 30 * MINUTE * 1000, "the end stored what waited", 5)
    check_ledger(world)
    print(world.expect_exact(simulator))
