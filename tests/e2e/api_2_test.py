"""An account of API 2.0: all that it has arrives once, whatever its pages, links, files and tokens are like."""
import json
import os
import urllib.parse

from harness import check, wait_until

FAULTS = os.environ.get("POSTERN_FAULTS", "all=2%")
WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def sources(lookback="9h"):
    return [f'source "{name}" {{ lookback = "{lookback}" }}' for name in WINDOWS]


def test_quirks_lose_and_repeat_nothing(world):
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "4000", "--history", "6h", "--quiet-period", "1h", "--quirks", "on",
                               "--sources", "siem,siem-ci,audit,ttp-url,ttp-attachment,ttp-impersonation,dlp")
    config = world.config(world.account(simulator, "acme", api=2), *sources())
    world.run_once(config, timeout=300)
    print(world.expect_exact(simulator))
    print(simulator.control("statistics"))


def test_faults_lose_and_repeat_nothing(world):
    world.use_clock(rate=200.0)
    events = int(os.environ.get("POSTERN_EVENTS", "20000")) // (10 if world.sanitized else 1)
    simulator = world.simulate("--events", str(events), "--history", "6h", "--quiet-period", "1h", "--quirks", "on",
                               "--lateness", "40m", "--faults", FAULTS, "--events-per-file", "300", "--page-token-lifetime", "7d",
                               "--sources", "siem,siem-ci,audit,ttp-url,ttp-attachment,ttp-impersonation,dlp")
    config = world.config(world.account(simulator, "acme", api=2), *sources())
    world.run_once(config, timeout=800)
    report = world.expect_exact(simulator)
    faults = simulator.control("statistics")["faults"]
    check(len(faults) >= 10, f"too few kinds of faults were given: {faults}")
    print(f"events {events}, faults given: {faults}\n{report}")


def test_permanent_damage_gives_what_can_be_saved(world):
    world.use_clock(rate=200.0)
    simulator = world.simulate("--events", "10000", "--history", "6h", "--quiet-period", "10m", "--quirks", "on",
                               "--events-per-file", "100", "--batch-calls", "0/15m", "--faults", "permanent:all=5%,storage:reset=2%,storage:truncated-gz=2%",
                               "--sources", "siem,siem-ci")
    config = world.config(world.account(simulator, "acme", api=2))
    world.run_once(config, timeout=300)
    world.expect_exact(simulator)
    listed = world.postern("dead", "list", "-c", config).stdout
    check("collect" in listed, f"no dead letters for the damaged files:\n{listed}")


def test_a_refusal_that_repeats_the_secret_leaks_nothing(world):
    """The token endpoint's answer holds what was sent to it; it is in no log, no status and no file."""
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "50", "--history", "1h", "--sources", "audit")
    config = world.config(world.account(simulator, "acme", api=2))
    simulator.control("applications", {"account": "acme", "revoked": True})
    keys = simulator.keys(0, api=2)
    run = world.daemon(config, "--once", "--timeout", "12h")
    wait_until(lambda: any(account.get("error") for account in world.status(config)["accounts"]), "it is refused")
    check(run.stop()[0] != 0, "it did not fail")
    shown = run.logged() + world.postern("status", "-c", config, code=None).stdout + json.dumps(world.status(config))
    check("InvalidClientIdentifier" in shown or "client" in shown.lower(), f"the reason is not told: {shown[-2000:]}")
    secret = keys["client_secret"]
    for form in (secret, urllib.parse.quote(secret, safe=""), secret[:23], secret[-24:-1]):
        check(form not in shown, f"the secret is shown: {shown[-2000:]}")
        for file in world.state.rglob("*"):
            check(not file.is_file() or form.encode() not in file.read_bytes(), f"the secret is in {file.name}")
    check(simulator.control("statistics")["requests"]["token"].get("401", 0) > 0, "nothing was refused")
