"""What an account that went from API 1.0 to API 2.0 is after that: new secrets, another name, its credentials in their place, or back."""
import json
import subprocess

from harness import MINUTE, check
from migrate_test import EVENTS, SOURCES, acme, with_trial


def switched(world, rename=None):
    """The account's declarations (as it was, on its way, in its place) once it was switched, and read again unless `rename`."""
    world.use_clock()
    simulator = world.simulate("--events", "600", "--history", "2h", "--quiet-period", "10m", *EVENTS)
    old, both = with_trial(world, simulator)
    config = world.config(both, *SOURCES)
    world.run_once(config)
    done = world.postern("account", "migrate", "acme", "--switch", "--settle", "0s", "-c", config).stdout
    check("acme is switched" in done, done)
    if not rename:
        read(world, both)
    return simulator, old, both, world.account(simulator, "acme", api=2)


def read(world, declaration, code=0):
    world.pass_time(20 * MINUTE)
    config = world.config(declaration, *SOURCES)
    return config, world.run_once(config, code=code).stderr


def names(world, config):
    return [account["name"] for account in world.status(config)["accounts"]]


def has_ci(world, config, name="acme"):
    """Only API 2.0 has the source."""
    return any(stream["source"] == "siem-ci" for stream in acme(world, config, name)["streams"])


def test_new_secret_while_migrate_stands(world):
    simulator, _, both, _ = switched(world)
    new = json.loads(subprocess.run([world.program("postern-simulator"), "keys", "--seed", "7", "--account", "0", "--api", "2",
                                     "--generation", "1", "--json"], check=True, capture_output=True, text=True).stdout)
    simulator.control("applications", {"account": "acme", "expired_before": 1})
    simulator.control("keys", {"account": "acme", "revoked": True})
    world.variables.update({f"ACME_{key}".upper(): value for key, value in new.items()})
    config, _ = read(world, both)
    check(names(world, config) == ["acme"] and has_ci(world, config), world.status(config))
    world.expect_exact(simulator)


def test_a_secret_that_is_not_there(world):
    """The account waits for it; it does not go back."""
    simulator, _, both, _ = switched(world)
    secret = world.variables.pop("ACME_CLIENT_SECRET")
    config, words = read(world, both, code=1)
    check("ACME_CLIENT_SECRET is not set" in words and names(world, config) == ["acme"], words)
    check(acme(world, config)["status"] == "failed" and has_ci(world, config), world.status(config))
    world.variables["ACME_CLIENT_SECRET"] = secret
    config, _ = read(world, both)
    check(acme(world, config)["status"] == "connected" and has_ci(world, config), world.status(config))
    world.expect_exact(simulator)


def test_another_name(world):
    """It stays the same account: with `migrate`, with its credentials in their place, by its settings and by `was`."""
    simulator, _, both, new = switched(world)
    for declaration in (both.replace('"acme"', '"second"'), new.replace('"acme"', '"third"'),
                        both.replace('"acme" {', '"fourth" { was = "third",')):
        config, words = read(world, declaration)
        name = declaration.split('"')[1]
        check(f'{name}: this account was called' in words, words)
        check(names(world, config) == [name] and has_ci(world, config, name), world.status(config))
    world.expect_exact(simulator)


def test_another_name_at_once(world):
    """Nothing was read since the switch: what it is called by then must not be taken for the trial."""
    simulator, _, both, new = switched(world, rename=True)
    config, words = read(world, new.replace('"acme"', '"second"'))
    check('second: this account was called "acme"' in words, words)
    check(names(world, config) == ["second"], world.status(config))
    config, words = read(world, both.replace('"acme"', '"third"'))
    check('third: this account was called "second"' in words and has_ci(world, config, "third"), words)
    world.expect_exact(simulator)


def test_back_and_on_its_way_again(world):
    """Who takes `migrate` away and leaves the old credentials goes back, is told so, and must decide anew."""
    simulator, old, both, new = switched(world)
    config, words = read(world, old)
    check("acme: this account was switched to mimecast/2.0" in words and "it goes back to that" in words, words)
    check(not has_ci(world, config), world.status(config))
    config, words = read(world, both)
    check(names(world, config) == ["acme", "acme+new"] and "was switched" not in words, words)
    config, words = read(world, new)
    check(names(world, config) == ["acme"] and has_ci(world, config), words)
    world.expect_exact(simulator)
