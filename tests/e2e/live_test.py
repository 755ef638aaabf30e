"""postern check --live, the doctor: for every stream that the module declares, what is missing is named as the vendor names it."""
import http.server
import json
import re
import threading

from harness import check

APIS = (1, 2)

SIEM_2 = "Security Events and Data Retrieval | Threat and Security Events (SIEM) | Read"
STATISTICS = "Security Events and Data Retrieval | Threat and Security Statistics | Read"
CG, CI = "Threats, Security Events, and Data for CG", "Threats, Security Events, and Data for CI"

# What the console calls them: endpoint of the simulator -> permission over API 1.0, over 2.0, product over 2.0.
ENDPOINTS = {
    "siem": ("Gateway | Tracking | Read", SIEM_2, CG),
    "siem-ci": (None, SIEM_2, CI),
    "audit": ("Account | Logs | Read", "Account | Logs | Read", "Audit Events"),
    "ttp-url": ("Monitoring | URL Protection | Read", "Monitoring | URL Protection | Read", "Security Events"),
    "ttp-attachment": ("Monitoring | Attachment Protection | Read", "Monitoring | Attachment Protection | Read",
                       "Security Events"),
    "ttp-impersonation": ("Monitoring | Impersonation Protection | Read", "Monitoring | Impersonation Protection | Read",
                          "Security Events"),
    "dlp": ("Monitoring | Data Leak Prevention | Read", "Monitoring | Data Leak Prevention | Read", "Security Events"),
    "held-release": ("Monitoring | Held | Read", "Monitoring | Held | Read", "Audit Events"),
    "rejections": ("Monitoring | Rejections | Read", "Monitoring | Rejections | Read", "Audit Events"),
    "hold-queue": ("Account | Dashboard | Read", "Account | Dashboard | Read", "Email Security Cloud Gateway"),
    "archive-search": ("Archive | Search Logs | Read", "Archive | Search Logs | Read", "Audit Events"),
    "archive-view": ("Archive | View Logs | Read", "Archive | View Logs | Read", "Audit Events"),
    "remediation": ("Services | Threat Remediation | Read", "Services | Threat Remediation | Read", "Threat Management"),
    "threat-intel": ("Services | Gateway | Tracking | Read", "Services | Gateway | Tracking | Read", "Threat Management"),
    "reported-emails": (None, STATISTICS, CG),
    "threat-events": (None, STATISTICS, CG),
}
OFF = {"threat-events"}  # until the user switches it on
OPTIONAL = {"siem-ci"}  # where a refusal says that the product was not bought


def times(status, text):
    """How often it is said: as a number of its own, for a port or an id may hold it, too."""
    return len(re.findall(rf"\b{status}\b", text))


def begin(world, *options):
    """Many probes in a row would use up the calls of the batch endpoint, so there are more of them."""
    simulator = world.simulate("--events", "120", "--history", "2h", "--quiet-period", "10m", "--quirks", "off",
                               "--batch-calls", "0/15m", "--token-calls", "1000/15m", *options)
    config = world.config(*(world.account(simulator, f"api-{api}", api=api) for api in APIS),
                          *(f'source "{name}" {{ enabled = true }}' for name in OFF), further=True)
    return simulator, config


def live(world, config, *accounts, code=0, **more):
    return world.postern("check", "--live", *accounts, "-c", config, code=code, **more).stdout


def declared(world):
    """{api: {stream: (source, permission, product)}} of what `postern modules` shows of the module."""
    streams, off, source = {1: {}, 2: {}}, set(), None
    for line in world.postern("modules").stdout.splitlines():
        if found := re.match(r"    source (\S+)(.*)", line):
            source = found[1]
            off |= {source} if "(off unless" in found[2] else set()
        found = re.match(r"      stream (\S+) \(.*, mimecast/([12])\.0\): needs ([^;]*)(?:; product (.*))?$", line)
        if found:
            streams[int(found[2])][found[1]] = (source, found[3], found[4])
    check(off == OFF, f"{off} are off")
    return streams


def sections(text):
    """What is said of each account, on one line so that nothing depends on where lines break."""
    parts = re.split(r"^(api-[12]): ", text, flags=re.M)
    return {int(name[-1]): " ".join(said.split()) for name, said in zip(parts[1::2], parts[2::2])}


def test_the_modules_words_are_the_consoles(world):
    for api, streams in declared(world).items():
        check(len(streams) > 5, f"{streams}")
        for name, (source, permission, product) in streams.items():
            check(source in ENDPOINTS, f"{name}: the test does not know the source {source}")
            check(permission == ENDPOINTS[source][api - 1], f"{name} over API {api}: {permission}")
            check(product == (ENDPOINTS[source][2] if api == 2 else None), f"{name} over API {api}: {product}")


def test_all_is_well(world):
    """One line an account; one request for each stream, and one for a token."""
    simulator, config = begin(world)
    streams = declared(world)
    counts = {api: len(streams[api]) for api in APIS}
    text = live(world, config)
    check(len(text.splitlines()) == 4, text)
    for api in APIS:
        check(f"api-{api}: {counts[api]} of {counts[api]} streams work (Mimecast API {api}.0, https://" in text, text)
    total = sum(counts.values())
    check(f"{total} of {total} streams work; asked with {total + 1} requests" in text, text)
    batches = sum(name.startswith("siem") for name in streams[2])
    check(batches <= 50, "a probe does not use up the quota of the batch endpoint")
    text = live(world, config, "api-2")
    check("api-1" not in text and f"{counts[2]} of {counts[2]} streams work" in text, text)
    check(not simulator.violations(), json.dumps(simulator.violations())[:2000])


def test_each_missing_permission_is_named(world):
    simulator, config = begin(world)
    streams = declared(world)
    for endpoint in sorted({source for api in APIS for source, _, _ in streams[api].values()}):
        simulator.control("permissions", {"endpoint": endpoint, "allowed": False})
        optional = endpoint in OPTIONAL
        said = sections(live(world, config, code=0 if optional else 1))
        simulator.control("permissions", {"endpoint": endpoint, "allowed": True})
        for api in APIS:
            concerned = [name for name, (source, _, _) in streams[api].items() if source == endpoint]
            word = "not licensed" if optional else "FAILS"
            check((word in said[api]) == bool(concerned), f"{endpoint} over API {api}: {said[api]}")
            if not concerned:
                continue
            check(", ".join(concerned) in said[api] and times(403, said[api]) == 1, f"{endpoint} over API {api}: {said[api]}")
            _, _, product = ENDPOINTS[endpoint]
            permission = ENDPOINTS[endpoint][api - 1]
            check(optional or permission in said[api], f"{endpoint} over API {api} lacks \"{permission}\": {said[api]}")
            check((f'"{product}"' in said[api]) == (api == 2), f"{endpoint} over API {api}: \"{product}\": {said[api]}")
            good = len(streams[api]) - len(concerned)
            check(said[api].startswith(f"{good} of {good if optional else good + len(concerned)} streams"), said[api])


def test_each_missing_product_is_named(world):
    simulator, config = begin(world)
    streams = declared(world)[2]
    for product in sorted({product for _, _, product in streams.values()}):
        concerned = [name for name, (_, _, theirs) in streams.items() if theirs == product]
        optional = all(streams[name][0] in OPTIONAL for name in concerned)
        simulator.control("products", {"product": product, "included": False})
        said = sections(live(world, config, code=0 if optional else 1))
        simulator.control("products", {"product": product, "included": True})
        check(f'"{product}"' in said[2] and all(name in said[2] for name in concerned), f"{product}: {said[2]}")
        check(times(403, said[1]) == 0, f"{product}: {said[1]}")
        check(optional or "it takes a new application" in said[2], said[2])


def test_a_feature_that_was_not_bought_is_no_failure(world):
    simulator, config = begin(world)
    if "threat-intel" not in {source for source, _, _ in declared(world)[1].values()}:
        return
    simulator.control("features", {"feature": "threat-feed", "enabled": False})
    text = live(world, config)
    check("not licensed" in text and "FAILS" not in text, text)
    check(re.search(r"(\d+) of \1 streams work, \d+ are not licensed", text), text)


def test_a_limit_that_is_used_up(world):
    """What the vendor counts together is not asked again; that nothing is known of it is said."""
    simulator, config = begin(world, "--batch-calls", "5/15m")
    siem = [name for name, (source, _, _) in declared(world)[2].items() if source.startswith("siem")]
    text = live(world, config, "api-2", code=1)
    check(times(429, text) == 1 and "Whether it works is not known" in text, text)
    check(", ".join(siem[5:]) in " ".join(text.split()), text)
    check(not simulator.violations(), json.dumps(simulator.violations())[:2000])


def test_wrong_secrets(world):
    """Said once an account, however many streams it has; and no secret is shown."""
    simulator, config = begin(world)
    world.variables["API_1_SECRET_KEY"], world.variables["API_2_CLIENT_SECRET"] = "d3JvbmctbGlrZS10aGlz", "wr0ng-l1ke-this"
    text = live(world, config, code=1)
    said = sections(text)
    check(said[1].startswith("0 of ") and said[1].count("FAILS") == 1 and "Secret Key" in said[1], said[1])
    check(said[2].startswith("0 of ") and said[2].count("FAILS") == 1 and "Client Secret" in said[2], said[2])
    check("the token endpoint refused the credentials (HTTP 401)" in said[2] and "30 minutes" in said[2], said[2])
    check(all(secret not in text for secret in world.variables.values()), text)
    check("wr0ng" not in text and " 1 request" in live(world, config, "api-2", code=1), "it asked again and again for a token")


def test_an_application_that_is_not_live_yet(world):
    simulator, config = begin(world)
    simulator.control("applications", {"live_in": "30m"})
    simulator.control("faults", {"queue": [{"fault": "fail", "times": 99, "code": "err_developer_key"}]})
    for api in APIS:
        said = sections(live(world, config, f"api-{api}", code=1))[api]
        check(said.startswith("0 of ") and "30 minutes" in said, said)


def test_logging_that_is_switched_off(world):
    """It works and brings nothing: no failure, but said with what to switch on; where anything comes it is not."""
    simulator, config = begin(world, "--sources", "audit")
    for api, said in sections(live(world, config)).items():
        check("empty siem" in said and said.count("Enhanced Logging") == 1, f"API {api}: {said}")
    check("Enhanced Logging" not in "".join(sections(live(world, begin(world)[1])).values()), "it is on")


class OtherApi(http.server.BaseHTTPRequestHandler):
    """A host of the other API, as far as one can see from outside: it lets nobody in, or knows no such path."""
    protocol_version = "HTTP/1.1"
    status, body = 404, b""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def do_GET(self):
        self.do_POST()

    def log_message(self, *words):
        pass


def test_the_base_url_of_the_other_api(world):
    simulator = world.simulate("--events", "10", "--history", "1h")
    gateway = b'{"fail":[{"code":"token_verification_failed","message":"Unauthorized"}]}'
    for api, status, body, expected in (
            (2, 404, b"", "check base_url: that host does not serve the API of these credentials"),
            (1, 401, gateway, "set base_url to the region's host of API 1.0")):
        handler = type("Handler", (OtherApi,), {"status": status, "body": body})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        account = world.account(simulator, f"api-{api}", api=api)
        account = account.replace(simulator.base_url, f"http://127.0.0.1:{server.server_address[1]}")
        said = sections(live(world, world.config(account), code=1))[api]
        check(said.startswith("0 of ") and expected in said, said)
        server.shutdown()
    for api, host in ((1, "api.services.mimecast.com"), (2, "eu-api.mimecast.com")):
        account = world.account(simulator, f"api-{api}", api=api).replace(simulator.base_url, f"https://{host}")
        said = world.postern("check", "-c", world.config(account), code=78).stderr
        check(f'names "{host}", which serves Mimecast API {3 - api}.0; for Mimecast API {api}.0 it is a host such as' in said, said)


def test_words_of_the_command(world):
    simulator, config = begin(world)
    for words, expected in ((("api-1",), "accounts are for --live"), (("--live", "api-3"), "there are: api-1, api-2")):
        said = world.postern("check", *words, "-c", config, code=2).stderr
        check(expected in said, said)


def test_an_account_on_its_way_to_the_other_api(world):
    """Both ways in are asked, also where only the account is named."""
    simulator = world.simulate("--events", "60", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    new = world.account(simulator, "api-2", api=2).split("{", 1)[1].rstrip().rstrip("}")
    account = world.account(simulator, "api-1").rstrip().rstrip("}") + f"  migrate = {{{new}}} }}\n"
    text = live(world, world.config(account), "api-1")
    check("\napi-1+new: " in "\n" + text and "Mimecast API 1.0" in text and "Mimecast API 2.0" in text, text)
