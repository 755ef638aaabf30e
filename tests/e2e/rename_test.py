"""What is renamed goes on where it stood: accounts, sinks and pipelines, alone and together, with events that are not
delivered yet, by a restart and by a reload. Nothing is lost, nothing comes twice."""
import contextlib
import signal
import sqlite3
import time
from random import Random

from harness import HOUR, MINUTE, check, patience, wait_until
from silent_fleet import SilentFleet

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
SOURCES = [f'source "{name}" {{ lookback = "3h" }}' for name in WINDOWS]


def renamed(config, account=None, sink=None, pipeline=None, was=()):
    """Changes names in a configuration; those in `was` say what they were."""
    text = config.read_text()
    for kind, old, new in (("account", "acme", account), ("sink", "files", sink), ("pipeline", "default", pipeline)):
        if not new:
            continue
        say = f' was = "{old}",' if kind in was else ""
        check(f'{kind} "{old}" {{' in text, f"no {kind} {old}")
        text = text.replace(f'{kind} "{old}" {{', f'{kind} "{new}" {{{say}', 1)
        if kind == "sink":
            text = text.replace(f'to = {{ "{old}" }}', f'to = {{ "{new}" }}')
    config.write_text(text)


class Backlog:
    """An hour is delivered; the next one is in the journal, because the sink's folder was in the way."""

    def __init__(self, world):
        self.world = world
        world.use_clock(rate=60.0)
        self.simulator = world.simulate("--events", "1500", "--history", "1h", "--live-rate", "150", "--quirks", "off")
        self.config = world.config(world.account(self.simulator, "acme"), *SOURCES)
        world.run_once(self.config)
        self.delivered = sum(1 for _ in world.events())
        world.clock.jump(HOUR)
        self.moved = world.path / "moved"
        world.output.rename(self.moved)
        world.output.write_text("in the way")

    def give_back(self):
        self.world.output.unlink()
        self.moved.rename(self.world.output)

    def collect(self):
        """Collects and cannot deliver; another sink delivers all."""
        self.world.clock.set_rate(1.0)  # else what is read first may be old before the last is read
        run = self.world.daemon(self.config, "--once", "--timeout", "12h")
        wait_until(lambda: self.is_read() and self.waiting("default/files") == self.waiting() > 500, "all is read and waits")
        check(run.stop()[0] == 1 and self.delivered > 500, lambda: f"{self.delivered} delivered: {run.logged()}")
        self.world.clock.set_rate(60.0)

    def waiting(self, name=""):
        return sum(one["backlog_events"] for one in self.world.status(self.config)["deliveries"] if name in one["name"])

    def is_read(self):
        streams = [stream for account in self.world.status(self.config)["accounts"] for stream in account["streams"]]
        return len(streams) == 6 and all(stream["lag_seconds"] < 1800 for stream in streams)

    def finish(self):
        """Reads the rest and compares."""
        self.simulator.control("live", {"per_minute": 0})
        self.world.clock.jump(2 * HOUR)
        self.world.run_once(self.config, timeout=120)
        self.world.expect_exact(self.simulator)
        check(self.waiting() == 0, "something waits still")


class SecondSink:
    """Delivers all while the backlog grows, into a file of its own: it must neither wait nor begin anew."""

    def __init__(self, backlog, name):
        self.first = backlog.config.read_text()
        self.path = backlog.world.path / "second" / "all.ndjson"
        self.text = (f'sink "{name}" {{ type = "file", path = "{self.path}" }}\n'
                     f'pipeline "more" {{ from = {{ "*" }}, to = {{ "{name}" }} }}\n')
        backlog.config.write_text(self.first + self.text)
        backlog.collect()
        backlog.give_back()
        self.before = self.path.read_bytes()
        check(self.before, "the other sink has delivered nothing")

    def check_goes_on(self):
        check(self.path.read_bytes().startswith(self.before), "the other sink's file was begun anew")


def waiting_backlog(world):
    backlog = Backlog(world)
    backlog.collect()
    backlog.give_back()
    return backlog


def after_a_restart(world, **names):
    backlog = waiting_backlog(world)
    renamed(backlog.config, **names)
    backlog.finish()
    return backlog


def after_a_reload(world, **names):
    backlog = Backlog(world)
    daemon = world.daemon(backlog.config)
    wait_until(lambda: backlog.is_read() and backlog.waiting() > 500, "all is read and something waits", 60)
    renamed(backlog.config, **names)
    backlog.give_back()
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded\n" in daemon.logged() or "NOT reloaded" in daemon.logged(), "reloaded")
    check("NOT reloaded" not in daemon.logged(), lambda: daemon.logged()[-3000:])
    wait_until(lambda: backlog.waiting() == 0, "all that waited is delivered", 60)
    code, _ = daemon.stop()
    check(code == 0, f"exit code {code}")
    backlog.finish()
    return backlog


def test_a_renamed_account_over_a_restart(world):
    after_a_restart(world, account="globex")
    check((world.output / "globex").is_dir(), "the new name is not in the path")


def test_a_renamed_sink_over_a_restart(world):
    after_a_restart(world, sink="archive")


def test_a_renamed_pipeline_over_a_restart(world):
    after_a_restart(world, pipeline="everything")
    names = [one["name"] for one in world.status(world.path / "postern.lua")["deliveries"]]
    check(names == ["everything/files"], f"deliveries {names}")


def test_all_renamed_at_once_over_a_restart(world):
    after_a_restart(world, account="globex", sink="archive", pipeline="everything")


def test_a_renamed_account_over_a_reload(world):
    after_a_reload(world, account="globex")


def test_a_renamed_sink_over_a_reload(world):
    after_a_reload(world, sink="archive")


def test_a_renamed_pipeline_over_a_reload(world):
    after_a_reload(world, pipeline="everything")


def test_all_renamed_at_once_over_a_reload(world):
    after_a_reload(world, account="globex", sink="archive", pipeline="everything")


def check_unconfirmed(world, count, **names):
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "1500", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), *SOURCES)
    killed = world.daemon(config, environment={"POSTERN_FAILPOINT": f"deliver-before-commit:{count}"}).wait()
    check(killed == -signal.SIGKILL, f"it was not killed: {killed}")
    simulator.control("client-restarted", {})
    renamed(config, **names)
    world.clock.jump(2 * HOUR)
    world.run_once(config)
    world.expect_exact(simulator)
    check((world.output / "globex").is_dir(), "the new name is not in the path")


def test_renamed_with_a_batch_that_was_not_confirmed(world):
    """Killed when the lines of a batch were written under the former name, and not confirmed."""
    for count in (1, 2, 4):
        for names in ({}, {"sink": "archive", "pipeline": "everything"}):
            with world.another() as fresh:
                check_unconfirmed(fresh, count, account="globex", **names)


def test_a_clock_ahead_forgets_no_name(world):
    """What is not configured for a moment, in which our clock is nine days ahead, is known when it comes back renamed."""
    backlog = waiting_backlog(world)
    text = backlog.config.read_text()
    begin = text.index('sink "files"')
    other = f'sink "other" {{ type = "file", path = "{world.path}/notices.ndjson" }}\n'
    backlog.config.write_text(text[:begin] + other + 'pipeline "rest" { from = { "*" }, to = { "other" } }\n')
    world.use_own_clock()
    for step in (0, 9 * 24 * HOUR, 0):
        world.own_clock.step(step)
        world.run_once(backlog.config)
        world.pass_time(MINUTE)
    world.own_clock = None
    backlog.config.write_text(text)
    renamed(backlog.config, sink="archive", pipeline="everything", was=("sink", "pipeline"))
    backlog.simulator.control("live", {"per_minute": 0})
    world.pass_time(2 * HOUR)
    world.run_once(backlog.config, timeout=120)
    good, report = backlog.simulator.compare(world.output)  # requests were signed with a wrong time, too
    check(good, f"the output is not the truth: {report}")


def refused(world, backlog, words):
    """A start with this configuration ends at once and has changed nothing."""
    done = world.postern("run", "--once", "-c", backlog.config, code=78)
    check(words in done.stderr, f"it is not said: {done.stderr}")


def test_what_cannot_be_told_apart_is_refused_until_the_user_says_it(world):
    """One pipeline is gone and two have its settings; `was` tells, and what is new starts at the end and says so."""
    backlog = waiting_backlog(world)
    text = backlog.config.read_text()
    body = text[text.index('pipeline "default" {') + len('pipeline "default" {'):]
    head = text[:text.index('pipeline "default" {')]
    other = body.replace('"files"', '"other"')
    sink = f'sink "other" {{ type = "file", path = "{world.path}/second.ndjson" }}\n'
    backlog.config.write_text(head + f'pipeline "one" {{{body}pipeline "two" {{{body}')
    line = head.count("\n") + 1
    refused(world, backlog, f'{backlog.config}:{line}: pipeline "one" has the settings of "default", which is not configured any more')
    unclear = backlog.config.read_text()
    backlog.config.write_text(text)
    daemon = world.daemon(backlog.config)
    daemon.wait_until_running()
    backlog.config.write_text(unclear)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "NOT reloaded, the old configuration goes on" in daemon.logged(), "the reload is refused")
    daemon.stop()
    backlog.config.write_text(text)
    world.clock.jump(HOUR)
    world.output.rename(backlog.moved)
    world.output.write_text("in the way")
    backlog.collect()
    backlog.give_back()
    backlog.config.write_text(head + sink + f'pipeline "one" {{ was = "default",{body}pipeline "two" {{ was = {{ }},{other}')
    backlog.finish()


def test_two_sinks_that_swap_their_names_by_was(world):
    """Each goes on in its own files, with its own backlog."""
    backlog = Backlog(world)
    second = SecondSink(backlog, "other")
    swapped = (second.first + second.text).replace('sink "files" {', 'sink "OTHER" { was = "files",')
    swapped = swapped.replace('sink "other" {', 'sink "files" { was = "other",').replace('"OTHER"', '"other"')
    swapped = swapped.replace('to = { "files" }', 'to = { "OTHER" }').replace('to = { "other" }', 'to = { "files" }')
    swapped = swapped.replace('"OTHER"', '"other"')
    backlog.config.write_text(swapped)
    world.run_once(backlog.config)
    world.run_once(backlog.config)  # what is done is not done again
    backlog.finish()
    second.check_goes_on()


def test_a_renamed_account_with_other_settings_by_was(world):
    """Its base URL is written differently as well, so that nothing but `was` tells."""
    backlog = waiting_backlog(world)
    renamed(backlog.config, account="globex", sink="archive", pipeline="everything", was=("account", "sink", "pipeline"))
    text = backlog.config.read_text().replace("127.0.0.1", "localhost")
    backlog.config.write_text(text.replace('from = { "*" }', f'from = {{ "siem", {", ".join(map(repr, WINDOWS))} }}'.replace("'", '"')))
    backlog.finish()


def test_two_accounts_that_swap_their_names(world):
    """Their credentials tell: each goes on with its own key and positions."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--accounts", "2", "--events", "800", "--history", "1h", "--live-rate", "50", "--quirks", "off")
    first, second = world.account(simulator, "acme", 0), world.account(simulator, "globex", 1)
    config = world.config(first, second, *SOURCES)
    world.run_once(config)
    world.clock.jump(HOUR)
    text = config.read_text()
    text = text.replace('account "acme"', 'account "other"').replace('account "globex"', 'account "acme"')
    config.write_text(text.replace('account "other"', 'account "globex"'))
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    done = world.run_once(config)
    check('this account was called "globex"' in done.stderr, f"it is not said: {done.stderr}")
    world.expect_exact(simulator)


def test_names_that_are_swapped_and_back_again(world):
    """By the same words: each says of itself both times that it was the other."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--accounts", "2", "--events", "800", "--history", "1h", "--live-rate", "50", "--quirks", "off")
    accounts = [world.account(simulator, name, number).split("{", 1)[1] for number, name in enumerate(("acme", "globex"))]
    second = f'sink "second" {{ type = "file", path = "{world.path}/second/%{{source}}.ndjson" }}'

    def configure(names, was=True):
        def say(name):
            return f'was = "{names[1 - names.index(name)]}", ' if was else ""
        pipelines = (f'pipeline "{name}" {{ {say(name)}from = {{ "{source}" }}, to = {{ "second" }} }}'
                     for name, source in zip(names, ("siem", "audit")))
        return world.config(*(f'account "{name}" {{ {say(name)}{account}' for name, account in zip(names, accounts)), *SOURCES,
                            second, *pipelines)

    for number, names in enumerate((("acme", "globex"), ("globex", "acme"), ("acme", "globex"), ("globex", "acme"))):
        done = world.run_once(configure(names, was=number > 0))
        check(done.stderr.count("this account was called") == (2 if number else 0), f"{number}: {done.stderr}")
        check(done.stderr.count("this pipeline was called") == (2 if number else 0), f"{number}: {done.stderr}")
        world.clock.jump(HOUR)
    done = world.run_once(configure(names))
    check("was called" not in done.stderr, f"what is done is not done again: {done.stderr}")
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(configure(names))
    world.expect_exact(simulator)


def test_names_in_lists_change_with_what_they_name(world):
    """A pipeline that names its account and its sink is the same when these are renamed, and renamed itself as well."""
    backlog = Backlog(world)
    text = backlog.config.read_text().replace('accounts = { "*" }', 'accounts = { "acme" }')
    backlog.config.write_text(text)
    backlog.collect()
    backlog.give_back()
    renamed(backlog.config, account="globex", sink="archive", pipeline="everything")
    backlog.config.write_text(backlog.config.read_text().replace('accounts = { "acme" }', 'accounts = { "globex" }'))
    backlog.finish()


def test_a_chain_of_sinks(world):
    """What was one is two, and what was two is three, at once and by their settings."""
    backlog = Backlog(world)
    second = SecondSink(backlog, "two")
    backlog.config.write_text(second.first.replace('"files"', '"two"') + second.text.replace('"two"', '"three"'))
    done = world.run_once(backlog.config)
    check('this sink was called "files"' in done.stderr and 'this sink was called "two"' in done.stderr, done.stderr)
    backlog.finish()
    second.check_goes_on()


def test_killed_while_names_change(world):
    """A reload that renames is cut off at any moment; whoever starts next has the new names or the old."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "3000", "--history", "1h", "--live-rate", "600", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), *SOURCES,
                          'source "siem" { interval = "30s" }')
    first = config.read_text()
    renamed(config, sink="archive", pipeline="everything")
    texts = first, config.read_text()
    random = Random(5)
    for turn in range(8):
        config.write_text(texts[turn % 2])
        daemon = world.daemon(config)
        daemon.wait_until_running()
        config.write_text(texts[1 - turn % 2])
        daemon.signal(signal.SIGHUP)
        time.sleep(random.random() * 0.15)
        daemon.process.kill()
        daemon.process.wait()
        simulator.control("client-restarted", {})
    simulator.control("live", {"per_minute": 0})
    world.clock.jump(2 * HOUR)
    world.run_once(config)
    # A request that a reload breaks off may still be being answered when it is asked again: not what is tried here.
    good, report = simulator.compare(world.output)
    check(good, f"the output is not the truth: {report}")


def test_a_sink_that_lacked_its_secret_is_still_known_by_it(world):
    """A start without the secret forgets nothing: back with it and under another name, it goes on with what waited."""
    simulator = world.simulate("--events", "300", "--history", "1h", "--quirks", "off")
    web = 'sink "web" { type = "post", url = "http://127.0.0.1:9/", token = env "WEB_TOKEN" }'
    config = world.config(f'modules = {{ "{world.build}/e2e-modules" }}', world.account(simulator, "acme"), web,
                          'pipeline "second" { from = { "*" }, to = { "web" } }')
    world.variables["WEB_TOKEN"] = "token"
    once = "run", "--once", "--timeout", f"{patience(2):.0f}s", "-c", config
    world.postern(*once, code=1)
    del world.variables["WEB_TOKEN"]
    world.postern(*once, code=1)
    world.variables["WEB_TOKEN"] = "token"
    config.write_text(config.read_text().replace('"web"', '"net"'))
    done = world.postern(*once, code=1)
    check('this sink was called "web"' in done.stderr, done.stderr)
    waiting = {one["name"]: one["backlog_events"] for one in world.status(config)["deliveries"]}
    check(waiting["second/net"] > 0, f"waiting: {waiting}")


def test_many_accounts_renamed_at_once(world):
    """Each by its credentials: also those of whom an older program's journal has only the accounts' own fingerprints, and one whose
    secret was not there at a start in between."""
    fleet = SilentFleet(world, 120)

    def keys(*change):
        with contextlib.closing(sqlite3.connect(world.state / "journal.db")) as journal, journal:
            for statement in change:
                check(journal.execute(statement).rowcount > 0, statement)
            return {name.partition("-")[2]: key for name, key in journal.execute("SELECT name, key FROM account WHERE name LIKE '%-00%'")}

    def run(name):
        fleet.config.write_text(fleet.config.read_text().replace('account "customer-', f'account "{name}-').replace('account "tenant-', f'account "{name}-'))
        daemon = world.daemon(fleet.config)
        daemon.wait_until_running()
        check(daemon.stop()[0] == 0, daemon.logged)
        return daemon.logged().count("its settings are the same")

    run("customer")
    secret = world.variables.pop("S90_secret_key")
    run("customer")
    world.variables["S90_secret_key"] = secret
    before = keys("UPDATE named SET fingerprint = x'' WHERE kind = 'account' AND name < 'customer-00060'")
    check(len(before) == 120, f"{len(before)} accounts")
    check(run("tenant") == 120 and keys() == before, "not all are recognised by their settings")
    run("customer")
    check(keys() == before, "not all go back")
