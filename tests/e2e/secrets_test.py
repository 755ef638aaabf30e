"""A secret that is missing or unreadable stops its owner alone: one account of many, one sink of several."""
import os
import signal

from harness import check, wait_until


def account(world, simulator, name, number, secret_key):
    """As world.account, with its own way to the last of the secrets."""
    text = world.account(simulator, name, number)
    line = next(line for line in text.splitlines() if "secret_key" in line)
    return text.replace(line, f"  secret_key = {secret_key},")


def state_of(world, config, name):
    return next(account for account in world.status(config)["accounts"] if account["name"] == name)


def prepare(world, secret_key):
    simulator = world.simulate("--accounts", "2", "--events", "300", "--history", "1h", "--quirks", "off")
    config = world.config(account(world, simulator, "acme", 0, secret_key), world.account(simulator, "globex", 1))
    return simulator, config


WAYS = {
    "an unset variable": ('env "NOBODY_SET_IT"', "the environment variable NOBODY_SET_IT is not set"),
    "a missing file": ('file "acme.key"', "acme.key"),
}


def test_one_account_alone_fails(world):
    for secret_key, words in WAYS.values():
        _, config = prepare(world, secret_key)
        done = world.run_once(config, code=1)
        check(words in done.stderr and "acme" in done.stderr, done.stderr)
        check(list(world.events("globex/*.ndjson")), "the other account was not collected: " + done.stderr)
        check(not list(world.events("acme/*.ndjson")), "acme was read without its secret")
        acme, globex = state_of(world, config, "acme"), state_of(world, config, "globex")
        check(acme["status"] == "failed" and words in acme["error"] and acme["remedy"], str(acme))
        check(globex["status"] == "connected", str(globex))
        checked = world.postern("check", "-c", config, code=78)
        check(words in checked.stderr + checked.stdout, checked.stderr)
        for path in world.state.glob("*"):
            path.unlink()
        for path in world.output.glob("*/*"):
            path.unlink()


def test_wrong_syntax_is_still_a_mistake_of_the_configuration(world):
    _, config = prepare(world, "env NOBODY")
    world.postern("run", "--once", "-c", config, code=78)


def test_a_file_that_appears_is_noticed(world):
    world.use_clock(rate=30.0)
    simulator, config = prepare(world, 'file "acme.key"')
    daemon = world.daemon(config)
    wait_until(lambda: list(world.events("globex/audit.ndjson")), "events of the other account")
    check(state_of(world, config, "acme")["status"] == "failed", "acme has not failed")
    key = world.path / "acme.key"
    key.write_text(simulator.keys(0)["secret_key"])
    wait_until(lambda: list(world.events("acme/audit.ndjson")), "events after the file was there")
    wait_until(lambda: state_of(world, config, "acme")["status"] == "connected", "acme is connected")
    # And away again, with a reload.
    key.unlink()
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: state_of(world, config, "acme")["status"] == "failed", "acme has failed again")
    key.write_text(simulator.keys(0)["secret_key"])
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: state_of(world, config, "acme")["status"] == "connected", "acme is connected again")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_an_unreadable_file(world):
    if os.geteuid() == 0:  # root reads what it likes: a folder in the file's place is as unreadable
        (world.path / "acme.key").mkdir()
    else:
        (world.path / "acme.key").write_text("x")
        (world.path / "acme.key").chmod(0)
    _, config = prepare(world, 'file "acme.key"')
    done = world.run_once(config, code=1)
    check("acme.key" in done.stderr and list(world.events("globex/*.ndjson")), done.stderr)


def test_one_sink_alone_stands_still(world):
    simulator = world.simulate("--events", "300", "--history", "1h", "--quirks", "off")
    web = 'sink "web" { type = "post", url = "http://127.0.0.1:9/", token = env "NOBODY_SET_IT" }'
    config = world.config(f'modules = {{ "{world.build}/e2e-modules" }}', world.account(simulator, "acme"), web,
                          'pipeline "second" { from = { "*" }, to = { "web" } }')
    done = world.run_once(config, code=1)
    check("NOBODY_SET_IT is not set" in done.stderr, done.stderr)
    check(list(world.events("acme/*.ndjson")), "the other sink got nothing")
    deliveries = {delivery["name"]: delivery for delivery in world.status(config)["deliveries"]}
    web = deliveries["second/web"]
    check("NOBODY_SET_IT" in web["error"] and web["state"] == "stopped" and web["backlog_events"] > 0, str(web))
