# labels: threads
"""Every source but the mail flow logs, over both APIs, from the real simulator: what comes, and what has to be switched on."""
import datetime

from harness import MINUTE, check

BOTH = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp", "held-release", "rejections", "archive-search", "archive-view",
        "remediation", "hold-queue", "threat-intel")
ONLY_2_0 = ("reported-emails", "threat-events")
WHOLE = ("threat-intel", "hold-queue")  # these have no lookback: all is read that there is
FAULTS = "all=1%,stray-401=2%"


def sources_of(api):
    return BOTH + (ONLY_2_0 if api == 2 else ())


def simulate(world, api, *options):
    return world.simulate("--sources", ",".join(sources_of(api)), "--history", "6h", "--quiet-period", "1h", *options)


def configure(world, simulator, api):
    read = [f'source "{name}" {{ enabled = true, lookback = "7h" }}' for name in sources_of(api) if name not in WHOLE]
    others = [f'source "{name}" {{ enabled = false }}' for name in ("siem", "siem-ci")]
    return world.config(world.account(simulator, "acme", api=api), *read, *others, further=True)


def instant(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+0000")


def arrive_exactly(world, api):
    world.use_clock(rate=200.0)
    events = 4000 if not world.sanitized else 800
    simulator = simulate(world, api, "--events", str(events), "--quirks", "on", "--lateness", "30m", "--faults", FAULTS)
    config = configure(world, simulator, api)
    begun_ms = world.clock.now_ms()
    world.run_once(config, timeout=800)
    # What was replaced before the first look cannot be seen, and rows change while they are read.
    print(world.expect_exact(simulator, shown="6h", before=instant(begun_ms - 10 * MINUTE * 1000)))
    streams = {stream["name"]: stream for stream in world.status(config)["accounts"][0]["streams"]}
    check(all(stream["state"] == "ok" and stream["events"] > 0 for stream in streams.values()), f"{streams}")
    check({name for name in streams if not name.startswith("threat-intel-")} == set(sources_of(api)) - {"threat-intel"}, f"{streams}")


def test_all_arrive_over_api_1_0(world):
    arrive_exactly(world, 1)


def test_all_arrive_over_api_2_0(world):
    arrive_exactly(world, 2)


# ---- what has to be switched on ----


def test_a_feed_that_is_not_switched_on_is_no_trouble(world):
    world.use_clock(rate=200.0)
    simulator = simulate(world, 2, "--events", "60", "--quirks", "off")
    simulator.control("features", {"account": "acme", "feature": "threat-feed", "enabled": False})
    config = configure(world, simulator, 2)
    said = " ".join(world.postern("check", "--live", "-c", config).stdout.split())
    check("not licensed" in said and "threat feed is not switched on" in said, said)
    world.run_once(config, code=None, timeout=300)
    streams = {stream["name"]: stream for stream in world.status(config)["accounts"][0]["streams"]}
    for name in ("threat-intel-malware-customer", "threat-intel-malware-grid"):
        check(streams[name]["state"] == "not licensed", f"{streams[name]}")
    check(streams["audit"]["state"] == "ok", f"{streams['audit']}")
