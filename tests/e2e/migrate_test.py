"""An account goes from API 1.0 to API 2.0: both are read side by side and compared, then one switch, without a hole."""
import json
import re
import signal

from harness import FURTHER, HOUR, MINUTE, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
SOURCES = [f'source "{name}" {{ lookback = "3h" }}' for name in WINDOWS] + ['source "siem" { enabled = false }']
EVENTS = ("--sources", ",".join(WINDOWS), "--quirks", "off")


def with_trial(world, simulator):
    """The account as it is, and on its way to API 2.0."""
    old, new = world.account(simulator, "acme"), world.account(simulator, "acme", api=2)
    inside = new[new.index("{"):].strip()
    return old, old.rstrip().removesuffix("}") + f"  migrate = {inside},\n}}\n"


def acme(world, config, name="acme"):
    return next(account for account in world.status(config)["accounts"] if account["name"] == name)


def names(world, config):
    return {account["name"] for account in world.status(config)["accounts"]}


def all_read(world, config, name, within):
    streams = acme(world, config, name)["streams"]
    return streams and all((stream["lag_seconds"] or 10**9) < within for stream in streams)


def test_side_by_side_and_the_switch(world):
    """With a daemon: the trial comes with a reload and is delivered nowhere; the switch is another one."""
    world.use_clock(rate=60.0)
    simulator = world.simulate("--events", "900", "--history", "2h", "--live-rate", "60", *EVENTS)
    old, both = with_trial(world, simulator)
    config = world.config(old, *SOURCES)
    daemon = world.daemon(config)
    wait_until(lambda: world.status(config)["accounts"] and all_read(world, config, "acme", 1200), "a first reading", 120)
    world.config(both, *SOURCES)
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "acme+new: the account is connected" in daemon.logged() and all_read(world, config, "acme+new", 1200),
               "a first reading of the trial", 120)
    world.pass_time(2 * HOUR)
    for name in ("acme", "acme+new"):
        wait_until(lambda: all_read(world, config, name, 1500), f"{name} is read", 180)
    report = world.postern("account", "migrate", "acme", "-c", config).stdout
    rows = {words[1]: words[2:] for words in map(str.split, report.splitlines()) if len(words) == 6 and words[2].isdigit()}
    check(set(rows) == set(WINDOWS) and all(row[0] == row[1] != "0" and row[2:] == ["0", "0"] for row in rows.values()),
          f"the comparison is not even: {report}")
    done = world.postern("account", "migrate", "acme", "--switch", "-c", config).stdout
    check("acme is switched" in done, done)
    wait_until(lambda: "was switched to Mimecast API 2.0" in daemon.logged() and "acme+new" not in names(world, config), "the switch", 60)
    world.pass_time(HOUR)
    wait_until(lambda: all_read(world, config, "acme", 1500), "what came after the switch", 180)
    check("was switched" in world.postern("account", "migrate", "acme", "-c", config).stdout, "it is not known that it was switched")
    simulator.control("live", {"per_minute": 0})
    world.pass_time(HOUR)
    wait_until(lambda: all_read(world, config, "acme", 1500), "the end", 180)
    code, _ = daemon.stop()
    check(code == 0, daemon.logged()[-3000:])
    said = [line for line in daemon.logged().splitlines() if "from now on" in line]
    check(len(said) == 1 and ' info acme: its streams were read with "mimecast/1.0" until now' in said[0],
          f"the switch is expected, and one line for the account: {said}")
    check(not list(world.output.glob("acme+new*")) and not list(world.output.glob("acme%2B*")), "a trial was delivered")
    world.run_once(config)
    world.expect_exact(simulator)


def test_without_a_daemon(world):
    """`run --once` reads both; what the new API lacks keeps the account where it is, unless told otherwise."""
    world.use_clock()
    simulator = world.simulate("--events", "600", "--history", "2h", "--quiet-period", "10m", *EVENTS)
    old, both = with_trial(world, simulator)
    config = world.config(old, *SOURCES)
    refused = world.postern("account", "migrate", "acme", "-c", config, code=1)
    check("has no other credentials" in refused.stderr and "migrate = {" in refused.stderr, refused.stderr)
    config = world.config(both, *SOURCES)
    world.postern("account", "migrate", "acme", "-c", config, code=1)
    world.run_once(config)
    world.run_once(world.config(old, *SOURCES))
    config = world.config(both, *SOURCES)
    refused = world.postern("account", "migrate", "acme", "--switch", "--force", "-c", config, code=1)
    check("acme+new is not read any more" in refused.stderr and not refused.stdout, refused.stderr + refused.stdout)
    simulator.control("products", {"account": "acme", "product": "Audit Events", "included": False})
    world.run_once(config, code=None)
    refused = world.postern("account", "migrate", "acme", "--switch", "--settle", "0s", "-c", config, code=1).stdout
    check("audit " in refused and "is not read to the present yet, or may not be" in refused and "Not switched" in refused, refused)
    check("was switched" not in world.postern("account", "migrate", "acme", "-c", config, code=None).stdout, "it was switched")
    simulator.control("products", {"account": "acme", "product": "Audit Events", "included": True})
    world.run_once(config)
    done = world.postern("account", "migrate", "acme", "--switch", "--settle", "0s", "-c", config).stdout
    check("acme is switched" in done, done)
    check("was switched" in world.postern("account", "migrate", "acme", "-c", config, code=None).stdout, "it was not switched")
    simulator.control("keys", {"account": "acme", "revoked": True})
    world.pass_time(20 * MINUTE)
    world.run_once(config)
    check(acme(world, config)["status"] == "connected", world.status(config))
    world.expect_exact(simulator)


def test_a_list_that_each_side_reads_at_moments_of_its_own(world):
    """What came into the hold queue and left it before the trial looked lacks nothing; the list goes over as it is."""
    world.use_clock()
    simulator = world.simulate("--events", "900", "--history", "2h", "--quiet-period", "10m", "--sources", "audit,hold-queue", "--quirks", "off")
    old, both = with_trial(world, simulator)
    sources = ['source "audit" { lookback = "3h" }', *SOURCES[1:]]
    queue = [f'source "{name}" {{ enabled = false }}' for name in FURTHER if name != "hold-queue"]
    config = world.config(old, *sources, *queue, further=True)
    world.run_once(config)
    simulator.control("release", {"messages": 5, "account": "acme"})
    config = world.config(both, *sources, *queue, further=True)
    for _ in range(4):
        world.pass_time(20 * MINUTE)
        world.run_once(config)
    done = world.postern("account", "migrate", "acme", "--switch", "--settle", "0s", "-c", config).stdout
    check("acme is switched" in done and re.search(r"hold-queue +both are read", done), done)
    for wait in (20 * MINUTE, 20 * MINUTE, 1, 1):  # what left is told at the second look that misses it
        world.pass_time(wait)
        world.run_once(config)
    world.expect_exact(simulator)


def test_mail_logs_go_over_without_a_hole(world):
    """`siem` under API 2.0 begins an overlap before what API 1.0 had read: what lies in it comes in both forms, what lies
    before is left out, and nothing is missing."""
    world.use_clock()
    simulator = world.simulate("--sources", "siem", "--events", "1500", "--history", "2d", "--live-rate", "20", "--quirks", "off")
    old, both = with_trial(world, simulator)
    overlap = 'source "siem" { overlap = "2h" }'
    config = world.config(old, overlap)
    world.run_once(config)
    world.pass_time(4 * HOUR)
    config = world.config(both, overlap)
    world.run_once(config)
    report = world.postern("account", "migrate", "acme", "--switch", "--settle", "2h", "-c", config).stdout
    check("acme is switched" in report, report)
    switched_ms = world.clock.now_ms()
    world.pass_time(3 * HOUR)
    simulator.control("live", {"per_minute": 0})
    world.pass_time(HOUR)
    world.run_once(config)
    world.expect_exact(simulator)  # an event may come once in each form
    forms = {}
    for event in world.events("acme/siem.ndjson"):
        forms.setdefault(re.search(r"evt[0-9a-f]{16}", json.dumps(event))[0], set()).add("timestamp" in event)
    truth = {one["marker"]: one["event_ms"] for one in map(json.loads, simulator.truth.read_text().splitlines()) if "marker" in one}
    both_forms = [truth[marker] for marker, seen in forms.items() if len(seen) == 2]
    check(both_forms and min(both_forms) > switched_ms - 3 * HOUR * 1000, f"{len(both_forms)} came in both forms, from {min(both_forms, default=0)} on")
    only_new = sum(seen == {True} for seen in forms.values())
    check(only_new > 20, f"{only_new} came over API 2.0 alone")
    left_out = sum(stream["left_out"] for stream in acme(world, config)["streams"])
    check(left_out > 500, f"{left_out} were left out")
