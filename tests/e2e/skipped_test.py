"""What a delivery does not get is named: how many events, of what time and why; and all that is there it gets."""
import collections
import signal

from harness import HOUR, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


class Two:
    """Two pipelines that take the same: the second can be taken away and given back."""

    def __init__(self, world, **simulated):
        self.world = world
        world.use_clock(rate=60.0)
        self.simulator = world.simulate("--events", "400", "--history", "1h", "--live-rate", "4", "--quirks", "off")
        # Long enough that nothing of the test is older than where the streams begin.
        sources = [f'source "{name}" {{ lookback = "3h", slice = "1d" }}' for name in WINDOWS]
        self.config = world.config(world.account(self.simulator, "acme"), *sources)
        self.without = self.config.read_text()
        self.second = world.path / "second" / "all.ndjson"
        self.with_second = self.without + (f'sink "second" {{ type = "file", path = "{self.second}" }}\n'
                                           'pipeline "second" { from = { "*" }, to = { "second" } }\n')
        self.config.write_text(self.with_second)
        self.daemon = world.daemon(self.config)
        wait_until(lambda: world.state.exists() and self.is_quiet(), "all is read and delivered", 60)

    def is_quiet(self):
        status = self.world.status(self.config)
        streams = [stream for account in status["accounts"] for stream in account["streams"]]
        lags = [stream["lag_seconds"] for stream in streams]
        return (len(streams) == 6 and all(lag is not None and lag < 1800 for lag in lags) and
                all(one["backlog_events"] == 0 for one in status["deliveries"]))

    def reload(self, text):
        count = self.daemon.logged().count(" reloaded\n")
        self.config.write_text(text)
        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.logged().count(" reloaded\n") > count, "reloaded")

    def pass_time(self, hours):
        for _ in range(0, hours, 6):
            self.world.clock.jump(6 * HOUR)
            wait_until(self.is_quiet, "six hours more are read and delivered", 60)

    def finish(self):
        """Returns how many events the second pipeline lacks of the first's; what it has, it has once."""
        self.simulator.control("live", {"per_minute": 0})
        self.world.clock.jump(2 * HOUR)
        wait_until(self.is_quiet, "the rest is read", 60)
        code, _ = self.daemon.stop()
        check(code == 0, f"exit code {code}")
        self.world.run_once(self.config)
        self.world.expect_exact(self.simulator)
        first = collections.Counter(line for file in self.world.output.glob("*/*.ndjson")
                                    for line in file.read_text().splitlines())
        second = collections.Counter(self.second.read_text().splitlines())
        check(not second - first, lambda: f"the second has what the first has not: {list(second - first)[:3]}")
        return sum((first - second).values())

    def skipped(self):
        return self.world.status(self.config)["skipped"]


def test_a_pipeline_that_was_away_for_three_days(world):
    """What is still in the journal it delivers; what is not is named, to the event."""
    two = Two(world)
    two.reload(two.without)
    two.pass_time(72)
    two.reload(two.with_second)
    missing = two.finish()
    skipped = two.skipped()
    check(missing > 200, f"only {missing} are missing: nothing was removed from the journal meanwhile")
    check([one["reason"] for one in skipped] == ["away"] and skipped[0]["delivery"] == "second/second",
          f"skipped: {skipped}")
    check(skipped[0]["events"] == missing, f"{missing} are missing, and {skipped[0]['events']} are named")
    check(f"{missing} events, received from" in two.daemon.logged(), "the log does not say it")
    check("received from" in world.postern("status", "-c", two.config, code=None).stdout, "status does not show it")


def test_a_pipeline_that_was_away_for_an_hour(world):
    """All is in the journal still: nothing is missing and nothing is named."""
    two = Two(world)
    two.reload(two.without)
    two.pass_time(6)
    two.reload(two.with_second)
    missing = two.finish()
    check(missing == 0 and two.skipped() == [], f"{missing} are missing; skipped: {two.skipped()}")


def test_a_new_pipeline_begins_at_the_end_and_says_so(world):
    two = Two(world)
    third = world.path / "third.ndjson"
    two.with_second += (f'sink "third" {{ type = "file", path = "{third}" }}\n'
                        'pipeline "third" { from = { "*" }, to = { "third" } }\n')
    events = world.status(two.config)["journal"]["events"]
    two.reload(two.with_second)
    two.simulator.control("publish", {"events": 20})  # so that it gets some, however little happens before the end
    two.finish()
    skipped, total, got = two.skipped(), sum(1 for _ in world.events()), len(third.read_text().splitlines())
    check([(one["delivery"], one["reason"]) for one in skipped] == [("third/third", "began at the end")], f"skipped: {skipped}")
    # More may have come between the look at the journal and the reload.
    check(events <= skipped[0]["events"] == total - got and got > 0, f"{skipped}, of {events}; {got} of {total} came")
