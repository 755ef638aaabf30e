"""Of the situations whose `status` is tested: how a row of a table is judged, and the daemon that all begin with."""
import datetime
import functools
import json
import re

from harness import HOUR, check, wait_until

WINDOWS = ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")
DAY = 24 * HOUR


def situation(verdict, reason, first_line, more=()):
    """`reason`: None if all is good; `more`: codes that must be among the further reasons."""

    def decorate(bring_about):
        @functools.wraps(bring_about)
        def test(world):
            config = bring_about(world)
            expect(world, config, verdict, reason, first_line, more)

        bring_about.__globals__["test_" + bring_about.__name__] = test
        return test

    return decorate


def look(world, config):
    text = world.postern("status", "-c", config, code=None)
    json_text = world.postern("status", "--json", "-c", config, code=None)
    return text, json_text, json.loads(json_text.stdout)


def expect(world, config, verdict, reason, first_line, more):
    seen = None

    def is_so():
        nonlocal seen
        text, json_text, status = seen = look(world, config)
        codes = [each["code"] for each in status["reasons"]]
        return (status["verdict"] == verdict and codes[:1] == ([reason] if reason else []) and set(more) <= set(codes[1:])
                and re.fullmatch(first_line, text.stdout.splitlines()[0]))

    try:
        wait_until(is_so, "the verdict")
    finally:
        if seen:
            print("        " + seen[0].stdout.splitlines()[0][:160])
    text, json_text, status = seen
    code = 0 if verdict == "good" else 1
    check(text.returncode == json_text.returncode == code, f"exit codes {text.returncode}, {json_text.returncode}, not {code}")
    check(status["good"] == (verdict == "good"), f"good: {status['good']}")
    for each in status["reasons"]:
        check(each["text"] and each["level"] in ("attention", "bad"), f"{each}")
        check(each["remedy"] in text.stdout, f"not in the text: {each}\n{text.stdout}")


def says_good(world, config):
    """And every stream was read."""
    done = world.postern("status", "-c", config, code=None)
    return done.returncode == 0 and re.match(r"GOOD: running for .*; (all \d+ streams|1 stream) of ", done.stdout)


def rests(world, config):
    """Nobody asks: a stream is well while it still reads on, and before it was read at all."""
    streams = [stream for account in world.status(config)["accounts"] for stream in account["streams"]]
    return all(stream["last_success"] and (stream["next_attempt"] or "") > stream["last_success"] for stream in streams)


def simulated(world, *options, events="60"):
    return world.simulate("--events", events, "--history", "1h", "--quiet-period", "10m", "--quirks", "off", *options)


def works(world, *parts, sink=None, transform="", accounts=1, events="60", own_clock=False):
    """A daemon that has read everything once and says that all is well."""
    world.use_clock()
    if own_clock:  # which the row sets
        world.use_own_clock()
    simulator = simulated(world, "--accounts", str(accounts), events=events)
    names = [world.account(simulator, f"customer-{number}" if number else "acme", number) for number in range(accounts)]
    config = world.config(*names, *parts, sink=sink, transform=transform)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and says_good(world, config) and rests(world, config), "all is well", 60)
    return simulator, config, daemon


def has_moved(world, config, seconds):
    """The clock jumps, and the daemon has noticed: a fresh heartbeat."""

    def heartbeat():
        return datetime.datetime.fromisoformat(world.status(config)["process"]["heartbeat"])

    before = heartbeat()
    world.pass_time(seconds)
    wait_until(lambda: (heartbeat() - before).total_seconds() >= seconds, "a heartbeat behind the jump")
