# labels: threads
"""A reload: what it changes, what it waits for, and what needs a restart."""
import signal

from gate import hanging, simulated, sources
from harness import check, wait_until


def test_a_reload_does_not_wait_for_an_unchanged_sink_that_hangs(world):
    gate, simulator, _, config, daemon = hanging(world)
    # A request that the reload breaks off may still be being answered when it is asked again: not what is tried here.
    wait_until(lambda: all(s["state"] == "ok" for s in world.status(config)["accounts"][0]["streams"]), "all is read")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged(), "reloaded")
    check("NOT reloaded" not in daemon.logged(), daemon.logged())
    gate.open()
    wait_until(lambda: sum(d["backlog_events"] for d in world.status(config)["deliveries"]) == 0, "all is delivered")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_reload_while_a_changed_sink_hangs_changes_nothing(world):
    gate, simulator, parts, config, daemon = hanging(world)
    world.config(*parts, sink=gate.changed())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "NOT reloaded" in daemon.logged(), "the reload is refused", 100)
    check('the sink "files" has not finished its batch' in daemon.logged(), daemon.logged())
    gate.open()
    wait_until(lambda: sum(d["backlog_events"] for d in world.status(config)["deliveries"]) == 0, "all is delivered")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged().replace("NOT reloaded", ""), "reloaded")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_reload_adds_and_removes_accounts_and_pipelines(world):
    simulator = simulated(world, "600", "--accounts", "2")
    acme, globex = world.account(simulator, "acme"), world.account(simulator, "globex", 1)
    second = (f'sink "audit" {{ type = "file", path = "{world.path}/audit-only/%{{account}}.ndjson" }}\n'
              'pipeline "second" { from = { "audit" }, accounts = { "*" }, transform = {}, to = { "audit" } }')
    config = world.config(acme, *sources())
    daemon = world.daemon(config)
    names = lambda: {account["name"] for account in world.status(config)["accounts"]}
    deliveries = lambda: {delivery["name"] for delivery in world.status(config)["deliveries"]}
    wait_until(lambda: len(list(world.output.glob("acme/*.ndjson"))) == 6, "files of the first account")
    world.config(acme, globex, *sources(), second)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: len(list(world.output.glob("globex/*.ndjson"))) == 6, "files of the second account")
    wait_until(lambda: (world.path / "audit-only" / "globex.ndjson").exists(), "the second pipeline delivers")
    check(names() == {"acme", "globex"}, f"{names()}")
    check(deliveries() == {"default/files", "second/audit"}, f"{deliveries()}")
    world.config(globex, *sources())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: names() == {"globex"}, "status shows the accounts that there are")
    check(deliveries() == {"default/files"}, f"{deliveries()}")
    check("acme" not in world.postern("status", "-c", config).stdout, "status shows what was removed")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.config(acme, globex, *sources())
    world.run_once(config)
    check(names() == {"acme", "globex"}, f"{names()}")
    world.expect_exact(simulator)


def test_a_removed_account_is_not_in_trouble_for_ever(world):
    """`status` is what a monitor calls: an account that was given up must not keep it red."""
    simulator = simulated(world, "300", "--accounts", "2")
    simulator.control("keys", {"account": simulator.keys(1)["account"], "revoked": True})
    acme, globex = world.account(simulator, "acme"), world.account(simulator, "globex", 1)
    config = world.config(acme, globex, *sources())
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and any(account.get("error") for account in
                                                    world.status(config)["accounts"]), "the refused account says so")
    wait_until(lambda: len(list(world.output.glob("acme/*.ndjson"))) == 6, "files of the good account")
    world.config(acme, *sources())
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: " reloaded" in daemon.logged(), "reloaded")
    wait_until(lambda: world.postern("status", "-c", config, code=None).returncode == 0, "status is good again")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_reload_says_what_needs_a_restart(world):
    simulator = simulated(world)
    account = world.account(simulator, "acme")
    config = world.config(account)
    daemon = world.daemon(config)
    daemon.wait_until_running()
    text = config.read_text().replace("http { ", 'http { proxy = "http://127.0.0.1:9", ')
    config.write_text(text + 'journal { max_size = "1GiB" }\n')
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "RESTART NEEDED: http.proxy, journal.max_size" in daemon.logged(), "it says so")
    check("except that sinks opened from now on use the new http.proxy\n" in daemon.logged(), daemon.logged())
    check("modules are not reloaded" in daemon.logged(), daemon.logged())
    check(daemon.stop()[0] == 0, daemon.logged())
