"""One sink that stands still while the journal fills up: with when_full = "drop_oldest" it stops nobody else."""
import signal

from gate import Gate, simulated, sources
from harness import HOUR, check, wait_until

EVENTS = 150000


def two_sinks(world, gate, pipeline="", sink='when_full = "drop_oldest"'):
    """"files" takes everything, "dead" is the gate."""
    simulator = simulated(world, str(EVENTS))
    parts = [f'state = "{world.state}"', f'http {{ ca_file = "{world.certificates}/ca.pem" }}', world.account(simulator, "acme"),
             gate.modules, 'journal { max_size = "16MiB", retain = "0s" }', 'source "siem" { interval = "1m" }',
             *sources(interval="1m"), gate.sink.replace('"files"', '"dead"').replace(" }", f", {sink} }}"),
             f'sink "files" {{ type = "file", path = "{world.path}/all/%{{account}}/%{{source}}.ndjson" }}',
             'pipeline "all" { from = { "*" }, to = { "files" } }',
             f'pipeline "slow" {{ from = {{ "*" }}, to = {{ "dead" }}, {pipeline} }}']
    config = world.path / "postern.lua"
    config.write_text("\n".join(parts))
    return simulator, config


def delivery(world, config, name):
    return next((d for d in world.status(config)["deliveries"] if d["name"] == name), {"delivered": 0, "skipped": 0})


def expect_everything_elsewhere(world, simulator):
    good, report = simulator.compare(world.path / "all")
    check(good, f"the other sink did not get all: {report}")


def drops(world, **more):
    world.use_clock(rate=20.0)
    gate = Gate(world)
    simulator, config = two_sinks(world, gate, **more)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and delivery(world, config, "all/files")["delivered"] >= EVENTS,
               "the other sink has everything", 120)
    wait_until(lambda: not world.status(config)["journal"]["full"], "the journal has room")  # once the last was dropped
    return gate, simulator, config, daemon


def test_a_dead_sink_that_drops_stops_nobody(world):
    gate, simulator, config, daemon = drops(world)
    wait_until(lambda: delivery(world, config, "slow/dead")["skipped"] > 0, "what was dropped is counted")
    expect_everything_elsewhere(world, simulator)
    check("they were dropped to make room in the journal" in daemon.logged(), daemon.logged()[-3000:])
    gate.open()
    wait_until(lambda: delivery(world, config, "slow/dead")["backlog_events"] == 0, "it has caught up", 120)
    code, _ = daemon.stop()
    check(code == 0, daemon.logged()[-3000:])
    status = world.status(config)
    slow = delivery(world, config, "slow/dead")
    lines = gate.output.read_bytes().splitlines()
    check(slow["delivered"] + slow["skipped"] == EVENTS, f"{slow}")
    check(len(lines) == len(set(lines)) == slow["delivered"], f"{len(lines)} lines, {len(set(lines))} different, {slow}")
    ranges = [r for r in status["skipped"] if r["delivery"] == "slow/dead" and r["reason"] == "dropped"]
    check(len(ranges) == 1 and ranges[0]["events"] == slow["skipped"], f"{ranges} {slow}")
    check(ranges[0]["from"] <= ranges[0]["until"], f"{ranges}")
    check(delivery(world, config, "all/files")["skipped"] == 0, "the other one lost something")


def test_a_crash_while_it_drops_keeps_the_count(world):
    """The cursor, the count and the room that is won are one transaction."""
    world.use_clock(rate=20.0)
    gate = Gate(world)
    simulator, config = two_sinks(world, gate, pipeline='when_full = "drop_oldest"', sink="")
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and delivery(world, config, "slow/dead")["skipped"] > 0, "it drops", 120)
    daemon.process.kill()
    daemon.process.wait()
    simulator.control("client-restarted", {})
    daemon = world.daemon(config)
    wait_until(lambda: delivery(world, config, "all/files")["delivered"] >= EVENTS, "the other sink has everything", 120)
    gate.open()
    wait_until(lambda: delivery(world, config, "slow/dead")["backlog_events"] == 0, "it has caught up", 120)
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
    slow = delivery(world, config, "slow/dead")
    check(slow["delivered"] + slow["skipped"] == EVENTS, f"{slow}")
    expect_everything_elsewhere(world, simulator)


def test_a_reload_lets_a_full_journal_go_on(world):
    """First it waits, as ever; then the operator decides."""
    world.use_clock(rate=20.0)
    gate = Gate(world)
    _, config = two_sinks(world, gate, sink='when_full = "wait"')
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("full"), "the journal is full", 120)
    check(delivery(world, config, "slow/dead")["skipped"] == 0, "it dropped")
    config.write_text(config.read_text().replace('when_full = "wait"', 'when_full = "drop_oldest"'))
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: delivery(world, config, "all/files")["delivered"] >= EVENTS, "the other sink has everything", 120)
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])


def test_a_word_that_is_none_is_refused(world):
    gate = Gate(world)
    _, config = two_sinks(world, gate, pipeline='when_full = "drop"')
    done = world.postern("check", "-c", config, code=78)
    check('"wait" or "drop_oldest", not "drop"' in done.stderr + done.stdout, done.stderr)


def test_status_says_when_the_journal_will_be_full(world):
    world.use_clock()
    gate = Gate(world)
    simulator = simulated(world, "20000")
    config = world.config(world.account(simulator, "acme"), gate.modules, 'journal { max_size = "16MiB" }', *sources(),
                          sink=gate.sink)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("events", 0) >= 20000, "all is read")
    check(world.status(config)["journal"]["full_in_seconds"] is None, "a young backlog says nothing")
    world.clock.jump(5 * HOUR)
    left = wait_until(lambda: world.status(config)["journal"]["full_in_seconds"], "a forecast")
    journal = world.status(config)["journal"]
    check(HOUR < left < 100 * HOUR and journal["undelivered_bytes"] > 1 << 20, f"{journal}")
    text = world.postern("status", "-c", config, code=None).stdout
    check("the journal will be full in about" in text, text)
    gate.open()
    wait_until(lambda: world.status(config)["journal"]["full_in_seconds"] is None, "it is over once all is delivered")
    check(daemon.stop()[0] == 0, daemon.logged()[-3000:])
