"""A script that fails on most events: the delivery stops and says so, the events wait, nothing floods the dead letters."""
import signal

from harness import check, wait_until

BROKEN = 'return function(event) error("no such field") end\n'
GOOD = "return function(event) return event end\n"


def broken(world, **more):
    script = world.path / "map.lua"
    script.write_text(BROKEN)
    simulator = world.simulate("--events", "600", "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    return simulator, script, world.config(world.account(simulator, "acme"), transform=f'"{script}"', **more)


def expect_stopped(world, config):
    status = world.status(config)
    delivery = status["deliveries"][0]
    check(delivery["state"] == "stopped" and not delivery["good"] and not status["good"], f"{delivery}")
    check("no such field" in delivery["error"] and "the scripts failed on" in delivery["error"], f"{delivery}")
    check("reload" in delivery["remedy"] and "script_failures" in delivery["remedy"], f"{delivery}")
    check(status["journal"]["dead_letters"] == 0 and delivery["backlog_events"] > 0, f"{status}")


def is_done(world, config):
    status = world.status(config)
    streams = status["accounts"][0]["streams"]
    return all(stream["lag_seconds"] is not None for stream in streams) and status["deliveries"][0]["backlog_events"] == 0


def test_once_ends_with_1_and_loses_nothing(world):
    simulator, script, config = broken(world)
    done = world.run_once(config, code=1)
    check("the scripts failed on" in done.stderr and "no such field" in done.stderr, done.stderr)
    expect_stopped(world, config)
    world.run_once(config, code=1)  # another start lets nothing pass
    expect_stopped(world, config)
    script.write_text(GOOD)
    world.run_once(config)
    check(world.status(config)["deliveries"][0]["state"] == "ok", world.status(config))
    world.expect_exact(simulator)


def test_a_daemon_goes_on_after_a_reload(world):
    simulator, script, config = broken(world)
    daemon = world.daemon(config)
    wait_until(lambda: "the scripts failed on" in daemon.logged(), "the delivery says so")
    wait_until(lambda: world.status(config)["deliveries"][0]["state"] == "stopped", "status says so")
    expect_stopped(world, config)
    script.write_text(GOOD)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged(), "reloaded")
    wait_until(lambda: is_done(world, config), "all is read and delivered")
    check(daemon.stop()[0] == 0, daemon.logged())
    check(world.status(config)["journal"]["dead_letters"] == 0, "dead letters")
    world.expect_exact(simulator)


def test_some_failures_are_dead_letters_as_ever(world):
    _, script, config = broken(world)
    script.write_text('local n = 0\nreturn function(event) n = n + 1 if n % 4 == 0 then error("now and then") end return event end\n')
    world.run_once(config)
    status = world.status(config)
    check(status["journal"]["dead_letters"] > 20 and status["deliveries"][0]["state"] == "ok", f"{status}")
