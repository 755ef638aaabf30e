"""Many streams whose vendor takes its time: as many connections are opened as their intervals need; and where they may not be, it is
said, with what to do."""
from harness import MINUTE, check, wait_until

SOURCES = ("siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


class Fleet:
    """Accounts without events, each of whose requests is answered after so many seconds, in real time."""

    def __init__(self, world, accounts, answer):
        self.world, self.accounts, self.streams = world, accounts, accounts * len(SOURCES)
        self.simulator = world.simulate("--scale", str(accounts), "--events", "0", "--history", "1h", "--quirks", "off",
                                        "--faults", f"slow=100%@{round(answer * 1000)}ms")

    def configure(self, interval, http=""):
        accounts = [self.world.account(self.simulator, f"customer-{number}", number) for number in range(self.accounts)]
        sources = [f'source "{name}" {{ lookback = "2h", interval = "{interval}" }}' for name in SOURCES]
        return self.world.config(*accounts, *sources, http=f"starts_per_second = 1000, {http}")

    def polls(self):
        """So often each stream was asked on average."""
        counts = [count for places in self.simulator.control("statistics")["requests"].values() for count in places.values()]
        return sum(counts) / self.streams


def late(status):
    return [reason for reason in status["reasons"] if reason["code"] == "polls_late"]


def test_intervals_are_held_with_as_many_connections_as_it_takes(world):
    fleet = Fleet(world, 15, 1.5)  # 90 streams every 5 s, for 1.5 s each: 27 connections are in use all the time
    config = fleet.configure("5s")
    daemon = world.daemon(config)
    said_last = 0.0

    def is_held():
        nonlocal said_last
        polls = fleet.polls()
        if polls < 3 or late(world.status(config)):
            said_last = polls
        return polls > said_last + 8

    # How fast they become as many as it takes depends on the machine; with sixteen it would be said after two to four polls, and again and again.
    wait_until(is_held, lambda: f"each stream is polled eight times in time: {daemon.logged()}", 300)
    check(daemon.stop()[0] == 0, daemon.logged)


def test_too_few_connections_are_said_until_that_is_mended(world):
    world.use_clock()
    fleet = Fleet(world, 5, 0.5)  # 30 streams every 5 s, for 0.5 s each: three connections
    config = fleet.configure("5s", "max_connections_per_host = 2")
    daemon = world.daemon(config)
    reason = wait_until(lambda: late(world.status(config)), lambda: f"it is said: {daemon.logged()}", 200)[0]
    check("all connections to their host are in use (max_connections_per_host = 2)" in reason["text"], reason)
    check(reason["remedy"].startswith("Raise max_connections_per_host in http { ... }"), reason)
    check(reason["level"] == "attention" and reason["of"] == fleet.streams and reason["names"], reason)

    def most_are_late():
        groups = world.status(config)["late_polls"]
        return groups and groups[0]["streams"] > fleet.streams / 2 and groups

    [group] = wait_until(most_are_late, "most are late", 200)
    check(group["cause"] == "host_connections" and group["interval_seconds"] == 5 and 6.25 <= group["achieved_seconds"] < 15, group)
    wait_until(lambda: any(series["name"] == "postern_late_streams" and series["labels"]["cause"] == "host_connections" and series["value"] > 0
                           for series in world.status(config)["metrics"]["series"]), "metrics show it")
    shown = world.postern("status", "-c", config, code=None).stdout
    check("every 5s, because all connections" in " ".join(shown.split()), shown)
    check(daemon.logged().count(" warning polls: ") == 1, daemon.logged)
    # Polled every 15 s, one connection is enough.
    config = fleet.configure("15s", "max_connections_per_host = 2")
    daemon.reload()
    wait_until(lambda: not late(world.status(config)), "the status takes it back")
    enough = fleet.polls() + 4
    wait_until(lambda: fleet.polls() > enough, "they are polled on", 200)
    world.clock.jump(2 * MINUTE)
    wait_until(lambda: "polled as often as their interval says again" in daemon.logged(), daemon.logged)
    check(not late(world.status(config)) and daemon.logged().count(" warning polls: ") == 1, daemon.logged)
    check(daemon.stop()[0] == 0, daemon.logged)
