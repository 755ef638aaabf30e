# labels: threads
"""Every source but the mail flow logs, over both APIs, from the real simulator: what comes, and what is said when it may not."""
import datetime

from harness import MINUTE, check

BOTH = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp", "held-release", "rejections", "archive-search", "archive-view",
        "remediation", "threat-intel")
ONLY_2_0 = ("reported-emails", "threat-events")
TOKENS = ("threat-intel",)  # these have no lookback: they begin where the vendor does
FAULTS = "all=1%,stray-401=2%"


def sources_of(api):
    return BOTH + (ONLY_2_0 if api == 2 else ())


def simulate(world, api, *options):
    return world.simulate("--sources", ",".join(sources_of(api)), "--history", "6h", "--quiet-period", "1h", *options)


def configure(world, simulator, api):
    read = [f'source "{name}" {{ enabled = true, lookback = "7h" }}' for name in sources_of(api) if name not in TOKENS]
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
    check({name for name in streams if not name.startswith("threat-intel-")} == set(sources_of(api)) - set(TOKENS), f"{streams}")


def test_all_arrive_over_api_1_0(world):
    arrive_exactly(world, 1)


def test_all_arrive_over_api_2_0(world):
    arrive_exactly(world, 2)


# ---- what may not be read ----

PERMISSIONS = {
    "audit": ("Account | Logs | Read", "Audit Events"),
    "ttp-url": ("Monitoring | URL Protection | Read", "Security Events"),
    "ttp-attachment": ("Monitoring | Attachment Protection | Read", "Security Events"),
    "ttp-impersonation": ("Monitoring | Impersonation Protection | Read", "Security Events"),
    "dlp": ("Monitoring | Data Leak Prevention | Read", "Security Events"),
    "held-release": ("Monitoring | Held | Read", "Audit Events"),
    "rejections": ("Monitoring | Rejections | Read", "Audit Events"),
    "archive-search": ("Archive | Search Logs | Read", "Audit Events"),
    "archive-view": ("Archive | View Logs | Read", "Audit Events"),
    "remediation": ("Services | Threat Remediation | Read", "Threat Management"),
    "threat-intel": ("Services | Gateway | Tracking | Read", "Threat Management"),
    "reported-emails": ("Security Events and Data Retrieval | Threat and Security Statistics | Read",
                        "Threats, Security Events, and Data for CG"),
    "threat-events": ("Security Events and Data Retrieval | Threat and Security Statistics | Read",
                      "Threats, Security Events, and Data for CG"),
}


def live(world, config, code=1):
    """What check --live says, with the lines put together again."""
    done = world.postern("check", "--live", "-c", config, code=code)
    return " ".join((done.stdout + done.stderr).split())


def failing(text):
    words = text.split()
    return {words[i - 1] for i, word in enumerate(words) if word == "FAILS"}


def each_permission_is_named(world, api):
    simulator = simulate(world, api, "--events", "60", "--quirks", "off")
    config = configure(world, simulator, api)
    check("FAILS" not in live(world, config, 0), "not all work")
    for source in sources_of(api):
        permission, product = PERMISSIONS[source]
        simulator.control("permissions", {"account": "acme", "endpoint": source, "allowed": False})
        text = live(world, config)
        concerned = {name for name in failing(text) if name == source or name.startswith(f"{source}-malware-")}
        check(concerned and failing(text) == concerned, f"{source}: {text}")
        check(permission in text, f"{source}: the permission is not named: {text}")
        check(api == 1 or f'"{product}"' in text, f"{source}: the product is not named: {text}")
        simulator.control("permissions", {"account": "acme", "endpoint": source, "allowed": True})


def test_each_permission_is_named_over_api_1_0(world):
    each_permission_is_named(world, 1)


def test_each_permission_is_named_over_api_2_0(world):
    each_permission_is_named(world, 2)


def test_each_product_is_named(world):
    simulator = simulate(world, 2, "--events", "60", "--quirks", "off")
    config = configure(world, simulator, 2)
    for product in sorted({product for _, product in PERMISSIONS.values()}):
        simulator.control("products", {"account": "acme", "product": product, "included": False})
        text = live(world, config)
        concerned = {source for source, (_, of) in PERMISSIONS.items() if of == product}
        found = {"threat-intel" if name.startswith("threat-intel-") else name for name in failing(text)}
        check(found == concerned, f"{product}: {found}")
        check(f'"{product}"' in text and "new application" in text, f"{product}: {text}")
        simulator.control("products", {"account": "acme", "product": product, "included": True})


def test_a_feed_that_is_not_switched_on_is_no_trouble(world):
    world.use_clock(rate=200.0)
    simulator = simulate(world, 2, "--events", "60", "--quirks", "off")
    simulator.control("features", {"account": "acme", "feature": "threat-feed", "enabled": False})
    config = configure(world, simulator, 2)
    text = live(world, config, None)
    check("not switched on" in text, text)
    world.run_once(config, code=None, timeout=300)
    streams = {stream["name"]: stream for stream in world.status(config)["accounts"][0]["streams"]}
    for name in ("threat-intel-malware-customer", "threat-intel-malware-grid"):
        check(streams[name]["state"] == "not licensed", f"{streams[name]}")
    check(streams["audit"]["state"] == "ok", f"{streams['audit']}")
