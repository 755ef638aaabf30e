# labels: threads
"""Quirks and faults on: nothing lost, nothing repeated, nothing that Mimecast would refuse.

POSTERN_EVENTS sets the number of events (default 100,000 in the first build; sanitizers take a tenth)."""
import os

from harness import check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")


def events_for(world):
    return int(os.environ.get("POSTERN_EVENTS", "100000")) // (25 if world.sanitized else 1)


def sources(lookback="9h"):
    return [f'source "{name}" {{ lookback = "{lookback}" }}' for name in WINDOWS]


def test_faults_and_quirks_lose_and_repeat_nothing(world):
    """Back-off and rate limit waits run on the test clock, 200 times as fast as ours."""
    events = events_for(world)
    world.use_clock(rate=200.0)
    simulator = world.simulate("--events", str(events), "--history", "6h", "--quiet-period", "1h", "--quirks", "on",
                               "--lateness", "30m", "--faults", "all=2%" if not world.sanitized else "all=10%", "--page-token-lifetime", "7d")
    config = world.config(world.account(simulator, "acme"), *sources())
    world.run_once(config, timeout=800)
    report = world.expect_exact(simulator)
    faults = simulator.control("statistics")["faults"]
    check(len(faults) >= 10, f"too few kinds of faults were given: {faults}")
    print(f"events {events}, faults given: {faults}\n{report}")


def test_permanent_damage_gives_what_can_be_saved(world):
    world.use_clock(rate=200.0)
    simulator = world.simulate("--events", "20000", "--history", "6h", "--quiet-period", "10m", "--quirks", "on", "--faults",
                               "permanent:flipped-byte=10%,permanent:truncated-member=10%,permanent:truncated-zip=5%,"
                               "permanent:bad-directory=5%")
    config = world.config(world.account(simulator, "acme"), *sources())
    world.run_once(config, timeout=600)
    world.expect_exact(simulator)
    listed = world.postern("dead", "list", "-c", config).stdout
    check("collect" in listed, f"no dead letters for the damaged members:\n{listed}")


def test_many_accounts_are_isolated(world):
    world.use_clock(rate=100.0)
    simulator = world.simulate("--events", "400", "--history", "1h", "--accounts", "20", "--quirks", "on")
    simulator.control("keys", {"account": simulator.keys(3)["account"], "revoked": True})
    config = world.config(*(world.account(simulator, f"customer-{number}", number) for number in range(20)), *sources())
    daemon = world.daemon(config)
    wait_until(lambda: len(list(world.output.glob("*/*.ndjson"))) >= 19 * 6, "files of nineteen accounts", 120)
    status = wait_until(lambda: next((s for s in [world.status(config)] if any(
        a["status"] in ("connection pending", "failing", "failed") and a.get("error") for a in s["accounts"])), None),
        "the refused account says so")
    refused = [account for account in status["accounts"] if account["status"] != "connected"]
    check([account["name"] for account in refused] == ["customer-3"], f"not connected: {refused}")
    check(refused[0]["remedy"], f"no remedy: {refused}")
    daemon.stop()


def test_an_answer_that_is_too_large_is_stepped_over(world):
    """It cannot be kept, so its place is named among the dead letters, and what lies behind it arrives."""
    simulator = world.simulate("--events", "20000", "--history", "3h", "--quiet-period", "10m", "--quirks", "off",
                               "--events-per-file", "2500")
    config = world.config(world.account(simulator, "acme"), *sources("4h"), http='response_limit = "128KiB", spill_above = "32KiB"')
    world.run_once(config, timeout=120)
    listed = world.postern("dead", "list", "-c", config).stdout
    check("128.0 KiB" in listed and "siem" in listed, f"the answer is not named:\n{listed}")
    streams = {stream["name"]: stream for stream in world.status(config)["accounts"][0]["streams"]}
    check(streams["siem"]["state"] == "ok" and streams["siem"]["set_aside"] > 0, f"{streams['siem']}")
    check(not simulator.violations(), f"violations: {simulator.violations()}")
