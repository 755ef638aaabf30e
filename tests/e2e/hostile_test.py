"""A bank of hostile servers (hostile/): each does one thing wrong. For each: the state and the words of the stream that it attacks, that
everything beside it goes on, and that the daemon stays within 256 MiB.

Most modes are accounts of one daemon; what is there to eat memory has a daemon of its own. HOSTILE=name,name runs only those."""
import base64
import contextlib
import os
import re
import unicodedata

from harness import MINUTE, Failure, World, check, wait_until
from hostile import archives, bodies, clocks, heads, records, refusals, texts, wires  # noqa: F401 (they register their modes)
from hostile.mode import MODES, SIEM, TTP_URL
from hostile.server import Server

MEMORY_MOST = 256 << 20
RATE = 60.0  # of the clock: back-off and intervals pass quickly, the network's time-outs are real
SECRETS = {"HOSTILE_APP_ID": "11111111-2222-3333-4444-555555555555", "HOSTILE_APP_KEY": "app-key-hidden", "HOSTILE_ACCESS_KEY": "access-key-hidden",
           "HOSTILE_SECRET_KEY": base64.b64encode(b"secret-key-hidden").decode()}
PATIENCE = 240  # seconds of a busy machine; a quiet one needs a tenth
HTTP = 'idle_timeout = "3s", timeout = "15s", connect_timeout = "3s", max_connections = 200'


def chosen(alone):
    names = os.environ.get("HOSTILE", "").split(",")
    return [mode for mode in MODES if mode.alone == alone and (names == [""] or mode.name in names)]


class Bank:
    """A daemon with an account for each mode."""

    def __init__(self, world, modes):
        self.world, self.modes, self.open = world, modes, {mode.name: "was not looked at" for mode in modes}
        world.use_clock(rate=RATE)
        world.variables.update(SECRETS)
        self.servers = {mode.name: Server(mode, world.certificates, world.clock.now_ms) for mode in modes}
        accounts = [self.account(mode, again) for mode in modes for again in range(mode.at_once)]
        self.config = world.config(*accounts, *self.sources(), "limits { workers = 2 }", http=HTTP)
        self.began_ms = world.clock.now_ms()

    def account(self, mode, again):
        keys = ", ".join(f'{name[8:].lower()} = env "{name}"' for name in SECRETS)
        name = f"{mode.name}_{again}" if again else mode.name
        return f'account "{name}" {{ api = 1, base_url = "{self.servers[mode.name].base_url}", {keys} }}'

    @staticmethod
    def sources():
        off = ("audit", "ttp-attachment", "ttp-impersonation", "dlp")
        return [f'source "{name}" {{ enabled = false }}' for name in off] + ['source "ttp-url" { lookback = "2h" }']

    def look(self):
        """True once every mode has shown what is expected of it."""
        status = self.world.status(self.config)
        accounts = {account["name"]: account for account in status["accounts"]}
        for mode in [mode for mode in self.modes if mode.name in self.open]:
            own = [account for name, account in accounts.items() if name.split("_")[0] == mode.name]
            missing = list(filter(None, (what_is_missing(mode, account) for account in own)))
            if own and not missing:
                del self.open[mode.name]
            elif own:
                self.open[mode.name] = missing[0]
        return not self.open

    def close(self):
        for server in self.servers.values():
            server.close()


def what_is_missing(mode, account):
    """In words; "" = nothing."""
    streams = {stream["name"]: stream for stream in account["streams"]}
    if len(streams) < 2:
        return "its streams are not there"
    hit, other = streams[mode.stream], streams[TTP_URL if mode.stream == SIEM else SIEM]
    error = hit.get("error", "")
    facts = f"{hit['state']}, \"{error[:300]}\", {hit['events']} events, {hit['set_aside']} set aside, {hit['requests']} requests"
    if account["status"] not in (mode.accounts or "connected").split("|"):
        return f"its account is {account['status']}: {facts}"
    if hit["state"] not in mode.state.split("|") or not re.search(mode.words, error):
        return f"not {mode.state} with \"{mode.words}\": {facts}"
    if mode.events is not None and hit["events"] != mode.events:
        return f"not {mode.events} events: {facts}"
    if mode.set_aside is not None and hit["set_aside"] < mode.set_aside:
        return f"too little set aside: {facts}"
    if not mode.whole and (other["state"] != "ok" or other["events"] < 1):
        return f"the other stream is {other['state']} with {other['events']} events: {other.get('error')}"
    return ""


def what_is_wrong_in_the_end(bank):
    """What may hold at no time, looked at when all the rest has been seen."""
    status = bank.world.status(bank.config)
    now = status["time"]
    half_hours = max(1, (bank.world.clock.now_ms() - bank.began_ms) / (30 * MINUTE * 1000))
    for account in status["accounts"]:
        mode = next(mode for mode in bank.modes if mode.name == account["name"].split("_")[0])
        for stream in account["streams"]:
            if stream["settled_until"] and stream["settled_until"] > now:
                yield f"{mode.name}: {stream['name']} is settled until {stream['settled_until']}, and it is {now}"
            if stream["name"] == mode.stream and mode.requests is not None and stream["requests"] > mode.requests * half_hours:
                yield f"{mode.name}: {stream['requests']} requests, more than {mode.requests} in half an hour"
    for server in bank.servers.values():
        yield from (f"a mistake in the bank: {failure}" for failure in server.failures)


def strange_characters(text):
    """Those that would move a terminal, or turn its text around."""
    return sorted({f"U+{ord(c):04X}" for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf")})


def what_is_shown_wrongly(bank, log):
    for name, text in (("the log", log), ("status", bank.world.postern("status", "-c", bank.config, code=None).stdout),
                       ("dead list", bank.world.postern("dead", "list", "-c", bank.config, code=None).stdout)):
        if strange_characters(text):
            yield f"{name} shows {', '.join(strange_characters(text))}"
        yield from (f"{name} shows {variable}" for variable, secret in SECRETS.items() if secret in text and "ID" not in variable)
        if "hunter2" in text:
            yield f"{name} shows the password of a redirect"


def most_memory(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM:"))


def run(world, modes, seconds):
    """What is wrong with these modes in one daemon, in words."""
    with contextlib.closing(Bank(world, modes)) as bank:
        daemon = world.daemon(bank.config)
        try:
            wait_until(lambda: bank.look() or daemon.process.poll() is not None, "every mode as expected", seconds)
        except Failure:
            yield from (f"{name}: {missing}" for name, missing in bank.open.items())
        if daemon.process.poll() is not None:
            yield f"the daemon ended with {daemon.process.returncode}: {daemon.logged()[-2000:]}"
            return
        memory = most_memory(daemon)
        print(f"{memory / (1 << 20):6.0f} MiB  {', '.join(mode.name for mode in modes)[:100]}")
        if memory > MEMORY_MOST and not world.sanitized:
            yield f"{modes[0].name}: {memory >> 20} MiB of memory"
        yield from what_is_wrong_in_the_end(bank)
        code, took = daemon.stop()
        if code != 0:
            yield f"the daemon stopped with {code} after {took:.1f} s"
        log = daemon.logged()
        yield from (f"{mode.name}: the log has no \"{mode.log}\"" for mode in modes if mode.log and not re.search(mode.log, log))
        yield from what_is_shown_wrongly(bank, log)


def test_hostile_servers_side_by_side(world):
    wrong = list(run(world, chosen(alone=False), PATIENCE))
    check(not wrong, lambda: "\n".join(wrong))


def test_servers_that_eat_memory(world):
    wrong = []
    for mode in chosen(alone=True):
        with contextlib.closing(World(world.build)) as own:
            wrong += run(own, [mode], PATIENCE)
    check(not wrong, lambda: "\n".join(wrong))
