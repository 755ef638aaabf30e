"""postern trace: what became of a message, over both APIs, beside a daemon and without one."""
import json
import os
import pty
import re
import subprocess

from harness import check, wait_until

APIS = (1, 2)
PERMISSION, PRODUCT = "Gateway | Tracking | Read", "Email Security Cloud Gateway"


def begin(world, *options):
    """One account of each API before the same customer."""
    simulator = world.simulate("--events", "400", "--history", "2h", "--quiet-period", "10m", *options)
    config = world.config(*(world.account(simulator, f"api-{api}", api=api) for api in APIS))
    return simulator, config


def trace(world, config, api, *words, code=0):
    done = world.postern("trace", f"api-{api}", *words, "-c", config, code=code)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_both_apis_find_the_same_mails(world):
    simulator, config = begin(world)
    found = {}
    for api in APIS:
        mails, said = trace(world, config, api, "--from", "@")
        check(len(mails) > 10 and not said, f"{len(mails)} {said}")
        found[api] = sorted((mail["received"], mail["messageId"], mail["status"]) for mail in mails)
        with_id = next(mail for mail in mails if mail["messageId"])
        [one], _ = trace(world, config, api, "--message-id", with_id["messageId"])
        check(one["subject"] == with_id["subject"] and "messageInfo" not in one, str(one))
        few, _ = trace(world, config, api, "--to", one["to"][0]["emailAddress"], "--subject", one["subject"][:6],
                       "--since", "3h", "--details")
        check(few and all(mail["messageInfo"]["recipientInfo"]["messageInfo"]["received"] for mail in few), str(few)[:500])
    check(found[1] == found[2], "the APIs differ")
    check(not simulator.violations(), str(simulator.violations())[:2000])


def test_nothing_found_and_wrong_words(world):
    simulator, config = begin(world)
    for api in APIS:
        mails, said = trace(world, config, api, "--message-id", "<no-such@mail.example>", code=1)
        check(not mails and f"api-{api}: nothing is found (--since was not given, so it was 24h)" in said, said)
        mails, said = trace(world, config, api, "--from", "@", "--since", "30d", "--until", "29d", code=1)
        check(not mails and said == f"postern: api-{api}: nothing is found\n", said)
    mails, said = trace(world, config, 2, "--url", "https://example.com/", code=1)
    check("api-2: nothing is found" in said, said)
    for words, expected in (
            ((), "--sender-ip, and over API 2.0 --url"),
            (("--message-id", "<a@b>", "--from", "x"), "--message-id stands alone"),
            (("--from", " "), "say which mail"),
            (("--from", "x", "--since", "yesterday"), '--since takes a point in time: 24h (so long ago)'),
            (("--from", "x", "--since", "1h", "--until", "2h"), "--since does not lie before --until"),
            (("--from", "x", "--from", "y"), "--from comes more than once"),
            (("--url", "x"), "--url: this account's API does not know it"),
            (("--no-such", "x"), "there is no such option"),
            (("--from", "x", "another"), "another: one account at a time")):
        _, said = trace(world, config, 1, *words, code=2)
        check(expected in said, f"{words}: {said}")
    for words in ((), ("no-such",)):
        said = world.postern("trace", *words, "--from", "x", "-c", config, code=2).stderr
        check("api-1, api-2" in said, said)
    check(not simulator.violations(), str(simulator.violations())[:2000])


def test_what_is_missing_is_named(world):
    simulator, config = begin(world)
    simulator.control("permissions", {"endpoint": "message-finder", "allowed": False})
    for api in APIS:
        _, said = trace(world, config, api, "--from", "@", code=3)
        check(PERMISSION in said and re.search(r"\b403\b", said), said)
        check((PRODUCT in said) == (api == 2), said)
    wrong = {name: "wr0ng" if name.endswith("CLIENT_SECRET") else "c2VjcmV0LW9mLW5vYm9keQ=="
             for name in world.variables if name.endswith("SECRET") or name.endswith("SECRET_KEY")}
    for api in APIS:
        done = world.postern("trace", f"api-{api}", "--from", "@", "-c", config, code=3, environment=wrong)
        check("Secret" in done.stderr and "wr0ng" not in done.stderr, done.stderr)


def test_a_rate_limit_is_waited_for(world):
    simulator, config = begin(world)
    simulator.control("faults", {"queue": [{"fault": "429", "endpoint": "message-finder", "times": 1, "duration": "1s"}]})
    mails, _ = trace(world, config, 2, "--from", "@")
    check(mails, "nothing came behind the limit")
    check(not simulator.violations(), str(simulator.violations())[:2000])


def test_a_table_on_a_terminal(world):
    simulator, config = begin(world, "--quirks", "off")
    mails, _ = trace(world, config, 2, "--from", "@")
    text = world.postern("trace", "api-2", "--from", "@", "--table", "-c", config).stdout
    head, *rows = text.splitlines()
    check(head.split()[:3] == ["RECEIVED", "STATUS", "ROUTE"], head)
    check(len(rows) == len(mails), f"{len(rows)} rows of {len(mails)} mails")
    for mail, row in zip(mails, rows):
        check(mail["subject"].replace("\u200f", "\\u200f") in row and mail["fromEnv"]["emailAddress"] in row, f"{mail} {row}")
    master, slave = pty.openpty()
    shown = subprocess.Popen([world.program("postern"), "trace", "api-2", "--message-id", mails[0]["messageId"], "-c", str(config)],
                             stdout=slave, stderr=subprocess.PIPE, env=world.environment())
    world.processes.append(shown)
    os.close(slave)
    text = b""
    try:
        while piece := os.read(master, 65536):
            text += piece
    except OSError:
        pass  # its other end is closed
    shown.communicate()
    check(text.startswith(b"RECEIVED") and mails[0]["subject"].encode() in text, text.decode())


def test_beside_a_daemon(world):
    """With a token of its own: the daemon's stays good, and its streams are not disturbed."""
    simulator, config = begin(world)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["accounts"], "accounts")
    for _ in range(3):
        for api in APIS:
            trace(world, config, api, "--from", "@")
    check(daemon.stop()[0] == 0, daemon.logged())
    check(" refused" not in daemon.logged(), daemon.logged())
