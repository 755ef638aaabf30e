# labels: threads
"""A stop comes within five seconds, whatever stands still: an answer, a script, a sink, a reload, a retry."""
import signal
import subprocess
import time

from gate import Gate, grace, hanging, simulated, sources
from harness import check, patience, wait_until


def test_a_stop_does_not_wait_for_a_slow_answer(world):
    simulator = simulated(world, "600", "--faults", "slow=100%@30s")
    config = world.config(world.account(simulator, "acme"), *sources())
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and (world.state / "journal.db").exists(), "the journal")
    time.sleep(1)  # whatever request is under way takes half a minute
    code, seconds = daemon.stop()
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("faults", {"clear": True})
    simulator.control("client-restarted", {})
    world.run_once(config)
    world.expect_exact(simulator)


def stop_while_scripts_loop(world, *parts, endless):
    script = world.path / "endless.lua"
    script.write_text(f"return function(event) {endless} return event end\n")
    simulator = simulated(world, "3000")
    config = world.config(world.account(simulator, "acme"), *sources(), *parts, transform=f'"{script}"')
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("events", 0) > 0, "first events")
    time.sleep(1)
    code, seconds = daemon.stop(60)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("client-restarted", {})
    script.write_text("return function(event) return event end\n")
    dead = world.status(config)["journal"]["dead_letters"]
    world.run_once(config)
    if dead:
        world.postern("dead", "retry", "all", "-c", config)
    world.expect_exact(simulator)


def test_a_stop_does_not_wait_for_scripts_that_loop(world):
    stop_while_scripts_loop(world, endless="while true do end")


def test_a_stop_does_not_wait_for_a_script_whose_limit_is_long(world):
    stop_while_scripts_loop(world, 'limits { script_time = "5m" }', endless="while true do end")


def test_a_stop_does_not_wait_for_a_sink_that_hangs(world):
    gate, simulator, _, config, daemon = hanging(world)
    code, seconds = daemon.stop()
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    simulator.control("client-restarted", {})
    gate.open()
    world.run_once(config)
    world.expect_exact(simulator)


def test_once_stops_in_time_while_a_sink_hangs(world):
    gate, simulator, _, config, run = hanging(world, "--once")
    wait_until(lambda: all(s["state"] == "ok" for s in world.status(config)["accounts"][0]["streams"]), "all is read")
    time.sleep(0.5)
    code, seconds = run.stop(60)
    check(code == 1 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {run.logged()}")
    gate.open()
    world.run_once(config)
    world.expect_exact(simulator)


def test_a_stop_comes_before_a_reload_that_waits(world):
    gate, simulator, parts, config, daemon = hanging(world)
    world.config(*parts, sink=gate.changed())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "reloading" in daemon.logged(), "the reload has begun")
    code, seconds = daemon.stop(100)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")


def test_a_retry_does_not_hold_up_a_stop(world):
    """A dead letter is retried while its sink hangs: the daemon ends in time, and the command with it."""
    script = world.path / "picky.lua"
    script.write_text('return function(event) if event.auditType then error("no") end return event end\n')
    gate = Gate(world)
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"), gate.modules, *sources(), sink=gate.sink,
                          transform=f'"{script}"', pipeline="script_failures = 100")
    gate.open()
    world.run_once(config)
    gate.path.touch()
    simulator.control("publish", {"events": 5, "endpoint": "dlp"})
    letter = world.postern("dead", "list", "-c", config).stdout.split()[0]
    script.write_text("return function(event) return event end\n")
    daemon = world.daemon(config)
    daemon.wait_until_running()
    retry = subprocess.Popen([world.program("postern"), "dead", "retry", letter, "-c", str(config)],
                             stderr=subprocess.PIPE, env=world.environment(), text=True)
    world.processes.append(retry)
    wait_until(gate.is_waiting, "the sink hangs")
    code, seconds = daemon.stop(60)
    check(code == 0 and seconds < grace(), f"exit code {code} after {seconds:.1f} s: {daemon.logged()}")
    check(retry.wait(patience(20)) == 1, "the retry did not say that it failed")
    gate.open()
    world.postern("dead", "retry", "all", "-c", config)
    check(world.postern("dead", "list", "-c", config).stdout.strip() == "no dead letters", "letters are left")
