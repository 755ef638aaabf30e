"""By what a vendor's support finds a call: kept with what it brought and could not be read, and said with what was refused."""
import json
import re

from harness import check, wait_until
from hostile.mode import SIEM, Mode
from hostile.server import Server, record

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SECRET = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="
OTHERS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
ENDPOINT = "/api/audit/get-siem-logs"

# What an answer calls its request, and what is kept: the same, or the id that was sent.
IDS = {"F4a9:77/b+c==": True, "a b": False, "x" * 128: True, "x" * 129: False, "https://a.example/?sig=1": False,
       f"echo-{SECRET}": False, "\x1b[2J": False, "": False, None: False}


def broken_files(world, sent):
    """A log file for each id, with one record that is none; `sent` are the ids of the requests."""
    ids = list(IDS)

    def act(talk, request):
        number = int(request.token) if request.token else 0
        if number == len(ids):
            return talk.nothing_new()
        if len(sent) == number:  # a try at the same file asks again: the last one's letter is kept
            sent.append(None)
        sent[number] = request.headers["x-mc-req-id"]
        headers = [] if ids[number] is None else [f"X-Request-Id: {ids[number]}"]
        return talk.file(f'{{"type":"MTA","data":[{json.dumps(record(number))},"bad {number}"]}}', number + 1, *headers)
    world.variables.update(KEY="11111111-2222-3333-4444-555555555555", SECRET=SECRET)
    server = Server(Mode("acme", act, "ok", stream=SIEM), world.certificates, world.clock.now_ms)
    account = (f'account "acme" {{ api = 1, base_url = "{server.base_url}", app_id = env "KEY", app_key = env "KEY", '
               'access_key = env "SECRET", secret_key = env "SECRET" }')
    return server, [account, *(f'source "{name}" {{ enabled = false }}' for name in OTHERS)]


def exported(world, config, *words):
    return [json.loads(line) for line in world.postern("dead", "export", "--metadata", *words, "-c", config).stdout.splitlines()]


def test_what_could_not_be_read_names_its_call(world):
    world.use_clock(rate=20)
    sent = []
    server, parts = broken_files(world, sent)
    config = world.config(*parts)
    world.run_once(config)
    server.close()
    check(not server.failures, server.failures)
    letters = exported(world, config)
    check(len(letters) == len(IDS) and all(GUID.fullmatch(own) for own in sent), f"{letters} {sent}")
    for letter in letters:
        number = int(letter["bytes"].split()[-1].strip('"'))
        given, taken = list(IDS.items())[number]
        check(letter["request_id"] == (given if taken else sent[number]), f"{given!r}: {letter['request_id']}, sent {sent[number]}")
        check(letter["endpoint"] == ENDPOINT and letter["http_status"] == 200, letter)
    shown = world.postern("dead", "show", letters[0]["number"], "-c", config).stderr
    for line in (f"endpoint   {ENDPOINT}", "answer     HTTP 200", f"request id {letters[0]['request_id']}"):
        check(line in shown.splitlines(), shown)
    text = world.postern("dead", "report", "-c", config).stdout
    example = letters[-1]["request_id"]
    check(f"   endpoint  {ENDPOINT}\n   answer    HTTP 200\n   request   id {example}\n" in text, text)
    check(SECRET not in text + json.dumps(letters), "a secret is told")
    # Read again, and as bad as before: the call that brought it is still the one that brought it.
    world.postern("dead", "retry", "all", "-c", config, code=1)
    again = exported(world, config)
    check([letter["retries"] for letter in again] == [1] * len(IDS), again)
    check([letter["request_id"] for letter in again] == [letter["request_id"] for letter in letters], again)


def test_of_a_damaged_file_it_is_the_call_that_named_it(world):
    """Its link is signed, and the store of files is not the vendor's API."""
    world.use_clock(rate=200.0)
    simulator = world.simulate("--events", "2000", "--history", "6h", "--quiet-period", "10m", "--quirks", "off", "--events-per-file", "100",
                               "--batch-calls", "0/15m", "--sources", "siem", "--faults", "permanent:storage:broken-line=30%")
    config = world.config(world.account(simulator, "acme", api=2))
    world.run_once(config, timeout=300)
    letters = exported(world, config)
    check(letters, "nothing is damaged")
    for letter in letters:
        check(letter["endpoint"] == "/siem/v1/batch/events/cg" and letter["http_status"] == 200, letter)
        check(GUID.fullmatch(letter["request_id"]), letter)
        check("X-Amz" not in json.dumps(letter), letter)


def failing(world, config):
    streams = world.status(config)["accounts"][0]["streams"]
    return [stream["error"] for stream in streams if stream.get("error")]


def test_trouble_names_its_request_and_is_said_once(world):
    world.use_clock(rate=20)
    simulator = world.simulate("--events", "50", "--history", "1h", "--quirks", "off", "--sources", "audit")
    config = world.config(world.account(simulator, "acme", api=2))
    simulator.control("faults", {"queue": [{"fault": "500", "endpoint": "audit", "times": 4}]})
    daemon = world.daemon(config)
    wait_until(lambda: "works again" in daemon.logged(), "it works in the end")
    check(daemon.stop()[0] == 0, daemon.logged())
    said = [line for line in daemon.logged().splitlines() if "HTTP 500" in line]
    check(simulator.control("statistics")["faults"].get("500") == 4 and len(said) == 1, said)
    check(re.search(rf"the server answered HTTP 500; request id {GUID.pattern}\. This is trouble", said[0]), said)


def test_refusals_name_their_request(world):
    world.use_clock(rate=20)
    simulator = world.simulate("--events", "50", "--history", "1h", "--quirks", "off", "--sources", "audit,dlp")
    config = world.config(world.account(simulator, "acme", api=2))
    simulator.control("applications", {"account": "acme", "revoked": True})
    daemon = world.daemon(config)
    refused = rf"the token endpoint refused the credentials \(HTTP \d+\); request id {GUID.pattern}\)"
    wait_until(lambda: re.search(refused, daemon.logged()), lambda: f"it is said: {daemon.logged()}")
    wait_until(lambda: failing(world, config), "the status says it")
    check(not any("request id" in words for words in failing(world, config)), failing(world, config))
    streams = world.status(config)["accounts"][0]["streams"]
    check(any(GUID.fullmatch(stream.get("request_id", "")) and stream["last_error"] for stream in streams), streams)
    check(daemon.stop()[0] == 0, daemon.logged())
    live = world.postern("check", "--live", "-c", config, code=1).stdout
    check(len(re.findall(rf"request id\s+{GUID.pattern}", live)) == 1, live)
