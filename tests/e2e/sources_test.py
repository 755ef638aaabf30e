# labels: threads
"""Every source but the mail flow logs, over both APIs, from the real simulator: what comes, and what has to be switched on."""
import datetime
import random
import signal
import time

from harness import MINUTE, check, wait_until

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
    read = [f'source "{name}" {{ enabled = true, lookback = "12h" }}' for name in sources_of(api) if name not in WHOLE]
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


# ---- kills ----


def kills(world, api):
    """What comes, changes and goes while the daemon is killed again and again."""
    chance = random.Random(api)
    world.use_clock(rate=200.0)
    simulator = simulate(world, api, "--events", "2000" if not world.sanitized else "500", "--quirks", "on", "--lateness", "30m",
                         "--live-rate", "20", "--faults", FAULTS)
    config = configure(world, simulator, api)
    begun_ms = world.clock.now_ms()
    for _ in range(10):
        daemon = world.daemon(config)
        deadline = time.monotonic() + chance.uniform(0.1, 1.0)
        wait_until(lambda: time.monotonic() > deadline or daemon.process.poll() is not None, "the moment of the kill")
        daemon.process.kill()
        code = daemon.process.wait()
        check(code == -signal.SIGKILL, f"it ended by itself with {code}: {daemon.logged()[-2000:]}")
        simulator.control("client-restarted", {})
    simulator.control("live", {"per_minute": 0})
    ended_ms = world.clock.now_ms()
    for _ in range(4):  # two whole polls must miss what has left
        world.pass_time(30 * MINUTE)
        world.run_once(config, timeout=600)
    took_ms = world.clock.now_ms() - begun_ms
    # A version that was replaced between two looks cannot be seen.
    print(world.expect_exact(simulator, shown=f"{took_ms // 1000 + 6 * 3600}s", before=instant(ended_ms - 10 * MINUTE * 1000)))


def test_kills_over_api_1_0(world):
    kills(world, 1)


def test_kills_over_api_2_0(world):
    kills(world, 2)


def test_what_left_the_queue_is_told(world):
    """Three messages are released: two polls later each has left, once, as it was seen last."""
    world.use_clock(rate=200.0)
    simulator = world.simulate("--sources", "hold-queue", "--events", "100", "--history", "6h", "--quiet-period", "1h", "--quirks", "off")
    account = simulator.keys(0)["account"]
    others = [f'source "{name}" {{ enabled = false }}' for name in ("siem", *BOTH, "reported-emails") if name != "hold-queue"]
    config = world.config(world.account(simulator, account), *others, further=True,
                          sink=f'sink "files" {{ type = "file", path = "{world.output}/%{{account}}/%{{type}}.ndjson" }}')
    world.run_once(config)
    held = {event["id"]: event for event in world.events("*/hold-queue.ndjson")}
    check(len(held) > 20 and not list(world.events("*/hold-queue-left.ndjson")), f"{len(held)} are held")
    simulator.control("release", {"messages": 3, "account": account})
    for _ in range(3):
        world.pass_time(5 * MINUTE)
        world.run_once(config)
    left = list(world.events("*/hold-queue-left.ndjson"))
    check(len(left) >= 3 and len({event["id"] for event in left}) == len(left), f"{left}")
    check(all(held.get(event["id"]) == event for event in left), f"{left}")


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
