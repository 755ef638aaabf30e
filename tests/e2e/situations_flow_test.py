"""What `status` must say in which situation, second table: what is read and what is delivered. See situations_test.py."""
import json
import re
import signal

from harness import HOUR, MINUTE, check, patience, stop_where_it_is, wait_until
from situations import DAY, WINDOWS, has_moved, says_good, simulated, situation, works


# ---- Accounts and streams -------------------------------------------------------------------------------------------------


@situation("bad", "account_failing", r"BAD: 1 of 1 account is failing: acme: .* → .*")
def wrong_credentials(world):
    simulator, config, _ = works(world)
    simulator.control("keys", {"account": "acme", "revoked": True})
    has_moved(world, config, HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def not_licensed(world):
    simulator, config, _ = works(world)
    simulator.control("faults", {"queue": [{"fault": "fail", "endpoint": "dlp", "times": 1, "code": "err_product_not_licensed"}]})
    has_moved(world, config, HOUR)
    return config


@situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url \(last read .* ago\): .* → .*")
def a_missing_permission(world):
    simulator, config, _ = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_permission_that_came_back(world):
    simulator, config, daemon = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    has_moved(world, config, 30 * MINUTE)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": True})
    has_moved(world, config, HOUR)
    wait_until(lambda: re.search(r"acme/ttp-url: works again after 1h 3\dm", daemon.logged()), "the recovery is logged")
    return config


@situation("attention", "stream_not_permitted", r"ATTENTION: 1 of 6 streams may not be read: acme/ttp-url .*")
def a_restart_that_hides_nothing(world):
    """The vendor is silent when it starts again: what is known to be wrong stays so."""
    simulator, config, daemon = works(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    has_moved(world, config, HOUR)
    wait_until(lambda: not says_good(world, config), "it is seen")
    check(daemon.stop()[0] == 0, daemon.logged())
    stop_where_it_is(simulator.process)
    world.daemon(config)
    wait_until(lambda: world.status(config)["running"], "it runs again")
    return config


@situation("bad", "stream_late", r"BAD: 6 of 6 streams are not being read: acme/audit \(last read [34]h.* ago\) → .*")
def a_silent_vendor(world):
    simulator, config, _ = works(world)
    stop_where_it_is(simulator.process)
    has_moved(world, config, 3 * HOUR)
    return config


def set_and_noticed(world, config, seconds):
    """Our wall clock is set; the daemon has seen it. Nothing that is read goes by it."""
    world.own_clock.step(seconds)
    steps = lambda: json.loads((world.state / "heartbeat.json").read_text())["clock_steps"]
    wait_until(lambda: steps() and abs(steps()[-1]["by"] / 1000 - seconds) < 10, "the step is noticed")
    return config


@situation("good", None, r"GOOD: running for \d+[sm].*; .*")
def a_clock_that_is_set_forward(world):
    _, config, _ = works(world, own_clock=True)
    return set_and_noticed(world, config, 2 * HOUR)


@situation("bad", "stream_late", r"BAD: 6 of 6 streams are not being read: acme/audit \(last read [34]h.* ago\) → .*")
def a_silent_vendor_and_a_clock_that_is_set_back(world):
    simulator, config, _ = works(world, own_clock=True)
    stop_where_it_is(simulator.process)
    set_and_noticed(world, config, -DAY)
    has_moved(world, config, 3 * HOUR)
    return config


@situation("bad", "stream_pending", r"BAD: 6 of 6 streams were never read yet: acme/audit \(never read\) → .*")
def streams_that_stay_pending(world):
    world.use_clock()
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    stop_where_it_is(simulator.process)
    world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config).get("process"), "a heartbeat")
    has_moved(world, config, 2 * HOUR)
    return config


@situation("attention", "account_failing", r"ATTENTION: 1 of 300 accounts is failing: customer-17: .* → .*")
def one_bad_account_of_300(world):
    off = [f'source "{name}" {{ enabled = false }}' for name in WINDOWS if name != "ttp-url"] + ['source "siem" { enabled = false }']
    simulator, config, _ = works(world, *off, accounts=300, events="5")
    simulator.control("keys", {"account": simulator.keys(17)["account"], "revoked": True})
    has_moved(world, config, 30 * MINUTE)
    return config


@situation("bad", "account_unread", r"BAD: 1 of 1 account is not read: no source reads two → `postern check` says why; .*")
def an_account_that_nothing_reads(world):
    world.use_clock()
    world.variables["DOOR_KEY"] = "secret"
    config = world.config(f'modules = {{ "{world.build}/e2e-modules" }}\n'
                          'account "two" { auth = "doors/walled-up", base_url = "https://door.example", value = env "DOOR_KEY" }')
    said = world.postern("check", "-c", config).stderr
    check(f'{config}:4: no source reads walled-up doors yet: nothing is read for account "two"' in said, said)
    world.postern("run", "--once", "-c", config, code=1)
    world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["accounts"], "it runs")
    return config


@situation("bad", "stream_retrying", r"BAD: 6 of 6 streams could not be read and are tried again: acme/audit \(never read\): .* \(HTTP 429\): .*",
           more=["once_incomplete"])
def a_rate_limit_in_a_run_that_is_over(world):
    simulator = simulated(world)
    config = world.config(world.account(simulator, "acme"))
    simulator.control("faults", {"queue": [{"fault": "429", "account": "acme", "times": 100, "duration": "1h"}]})
    world.postern("run", "--once", "--timeout", f"{patience(8):.0f}s", "-c", config, code=1)
    return config


# ---- Deliveries -----------------------------------------------------------------------------------------------------------


class Gate:
    """The sink of gate_sink.c: while the gate is closed its writes wait."""

    def __init__(self, world):
        self.path = world.path / "gate"
        self.output = world.output / "acme" / "all.ndjson"
        self.output.parent.mkdir(parents=True)
        self.modules = f'modules = {{ "{world.build}/e2e-modules" }}'
        self.sink = f'sink "files" {{ type = "gate", path = "{self.output}", gate = "{self.path}" }}'

    def is_waiting(self):
        return (self.path.parent / "gate.waiting").exists()


def blocked(world):
    gate = Gate(world)
    simulator, config, daemon = works(world, gate.modules, sink=gate.sink)
    gate.path.touch()
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    has_moved(world, config, 20 * MINUTE)
    wait_until(gate.is_waiting, "the sink is in write")
    has_moved(world, config, 10 * HOUR)
    return gate, config, daemon


@situation("bad", "sink_blocked", r'BAD: the sink "files" has been blocked in write for 10h.*; \d+ events wait for default/files → .*')
def a_blocked_sink(world):
    return blocked(world)[1]


@situation("good", None, r"GOOD: running .*")
def a_sink_that_goes_on(world):
    gate, config, daemon = blocked(world)
    wait_until(lambda: "sink files: stands: one step (write) has taken " in daemon.logged(), "the log says that it stands")
    gate.path.unlink()
    wait_until(lambda: re.search(r"sink files: moves again after 10h", daemon.logged()), "the recovery is logged")
    check(daemon.logged().count("sink files: stands") == 1, daemon.logged())
    return config


def failing(world):
    gate = Gate(world)
    simulator, config, daemon = works(world, gate.modules, sink=gate.sink)
    gate.output.unlink()
    gate.output.mkdir()
    check(daemon.stop()[0] == 0, daemon.logged())
    now_ms = world.clock.now_ms()
    daemon = world.daemon(config)
    world.wait_until_read_since(config, now_ms)
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    world.clock.jump(20 * MINUTE)
    wait_until(lambda: world.status(config)["deliveries"][0]["state"] == "retrying", "the sink fails")
    return gate, config, daemon


@situation("attention", "delivery_retrying", r"ATTENTION: the delivery default/files does not get through for .* \(last delivered .*")
def a_failing_sink(world):
    return failing(world)[1]


@situation("bad", "delivery_retrying", r"BAD: the delivery default/files does not get through for 3h.* \(last delivered .*, \d+ events wait\): .*")
def a_sink_that_fails_for_hours(world):
    _, config, _ = failing(world)
    has_moved(world, config, 3 * HOUR)
    return config


@situation("good", None, r"GOOD: running .*")
def a_sink_that_works_again(world):
    gate, config, daemon = failing(world)
    has_moved(world, config, 3 * HOUR)
    gate.output.rmdir()
    has_moved(world, config, HOUR)
    wait_until(lambda: re.search(r"default/files: works again after [34]h", daemon.logged()), "the recovery is logged")
    return config


@situation("bad", "journal_full", r"BAD: the journal has been full for .* \(journal { max_size = 16.0 MiB }\) of events that no sink takes: .* → .*")
def a_full_journal(world):
    world.use_clock(rate=20.0)
    gate = Gate(world)
    gate.path.touch()
    simulator = simulated(world, events="150000")
    config = world.config(world.account(simulator, "acme"), gate.modules, 'journal { max_size = "16MiB", retain = "0s" }',
                          *(f'source "{name}" {{ interval = "1m", lookback = "3h" }}' for name in WINDOWS),
                          'source "siem" { interval = "1m" }', sink=gate.sink)
    world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"].get("full"), "the journal is full", 300)
    world.clock.set_rate(1.0)
    return config


def scripted(world, text):
    """A daemon whose good script was replaced by another; events wait for that."""
    script = world.path / "map.lua"
    script.write_text("return function(event) return event end\n")
    simulator, config, daemon = works(world, transform=f'"{script}"')
    script.write_text(text)
    now_ms = world.clock.now_ms()
    daemon.reload()
    world.wait_until_read_since(config, now_ms)
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "dlp"})
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    has_moved(world, config, 20 * MINUTE)
    return script, config, daemon


ONE_SOURCE = 'return function(event, ctx) if ctx.source == "dlp" then error("no such field") end return event end\n'


@situation("bad", "delivery_stopped", r"BAD: the delivery default/files stands still for .* \(last delivered .*, \d+ events wait\): "
           r"the scripts failed on 50 of 50 events \(script_failures is 50 percent\); the first: .*no such field → mend the scripts .*")
def a_script_that_fails_on_one_source(world):
    return scripted(world, ONE_SOURCE)[1]


@situation("bad", "delivery_stopped", r"BAD: the delivery default/files stands still for .* \(last delivered .*")
def a_failing_script_and_a_restart(world):
    _, config, daemon = scripted(world, ONE_SOURCE)
    wait_until(lambda: not says_good(world, config), "it is seen")
    daemon.process.kill()
    daemon.process.wait()
    world.daemon(config)
    wait_until(lambda: world.status(config)["running"], "it runs again")
    return config


@situation("good", None, r"GOOD: running .* nothing waits too long")
def a_script_that_was_mended(world):
    script, config, daemon = scripted(world, ONE_SOURCE)
    wait_until(lambda: not says_good(world, config), "it is seen")
    script.write_text("return function(event) return event end\n")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: re.search(r"default/files: works again after ", daemon.logged()), "the recovery is logged")
    return config


@situation("good", None, r"GOOD: running .*; \d+ dead letters, see `postern dead list --count`")
def a_script_that_fails_on_some(world):
    """Below the share that stops the delivery: kept, and not to be overlooked."""
    return scripted(world, 'local n = 0\nreturn function(event) n = n + 1 if n % 2 == 0 then error("now and then") end return event end\n')[1]


@situation("bad", "delivery_stopped", r"BAD: the delivery default/files stands still for .*: a file or a link stands where a directory "
           r"is wanted → .*")
def an_output_folder_that_is_gone(world):
    simulator, config, _ = works(world)
    (world.output / "acme").rename(world.path / "moved")
    (world.output / "acme").write_text("in its place")
    simulator.control("publish", {"events": 50, "account": "acme", "endpoint": "ttp-url"})
    has_moved(world, config, 20 * MINUTE)
    return config
