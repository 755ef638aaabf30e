"""Working with dead letters: which are meant, exporting, dropping, expiry, an account's share of their room, and retrying many at
once, also over a crash."""
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

from harness import HOUR, check, patience, wait_until
from hostile.mode import SIEM, Mode
from hostile.server import Server, record

BROKEN = 'return function(event) if event.auditType then error("no audit") end error("no " .. (event.route or "route")) end\n'
GOOD = "return function(event) return event end\n"


def dead(world, *parts, events="600", pipeline="script_failures = 100"):
    """Every event is a dead letter."""
    script = world.path / "map.lua"
    script.write_text(BROKEN)
    simulator = world.simulate("--events", events, "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), *parts, transform=f'"{script}"', pipeline=pipeline)
    world.run_once(config)
    return simulator, script, config


def letters(world, config):
    return world.status(config)["journal"]["dead_letters"]


def requests(world, config):
    return sum(stream["requests"] for account in world.status(config)["accounts"] for stream in account["streams"])


def running(world, config, **more):
    daemon = world.daemon(config, **more)
    daemon.wait_until_running()
    return daemon


def test_letters_are_found_counted_and_exported(world):
    _, _, config = dead(world)
    total = letters(world, config)
    kinds = world.postern("dead", "list", "--count", "-c", config).stdout.splitlines()
    counted = [line.split(None, 1) for line in kinds[::2]]
    check(sum(int(count) for count, _ in counted) == total and len(counted) > 1, counted)
    check(all("script   default/files, " in words and "map.lua: " in words for _, words in counted), counted)
    check(all("; the last is number " in line for line in kinds[1::2]), kinds)
    check([int(count) for count, _ in counted] == sorted((int(count) for count, _ in counted), reverse=True), counted)
    audit = world.postern("dead", "list", "--reason", "no audit", "-c", config).stdout.splitlines()
    check(0 < len(audit) < total and all("no audit" in line for line in audit), audit[:3])
    for words, expected in ((("--account", "acme"), total), (("--account", "other"), 0), (("--stage", "script"), total),
                            (("--stage", "collect"), 0), (("--delivery", "default/files"), total), (("--older", "1h"), 0),
                            (("--source", "audit"), len(audit)), (("--script", "map.lua"), total), (("--script", "other.lua"), 0),
                            (("--newer", "1h"), total), (("--newer", "1h", "--reason", "no audit"), len(audit))):
        out = world.postern("dead", "list", *words, "-c", config).stdout
        found = 0 if out.strip() == "no dead letters" else len(out.splitlines())
        check(found == expected, f"{words}: {found}, not {expected}")
    raw = world.postern("dead", "export", "--reason", "no audit", "-c", config).stdout.splitlines()
    check(len(raw) == len(audit) and all("auditType" in json.loads(line) for line in raw), raw[:2])
    known = [json.loads(line) for line in world.postern("dead", "export", "--metadata", "-c", config).stdout.splitlines()]
    check(len(known) == total and {letter["account"] for letter in known} == {"acme"}, known[:1])
    check({letter["bytes"] for letter in known if "no audit" in letter["reason"]} == set(raw), "other bytes")
    world.postern("dead", "list", "--stage", "nonsense", "-c", config, code=2)
    world.postern("dead", "drop", "-c", config, code=2)  # which?


def test_a_filter_that_says_nothing_is_refused(world):
    """An empty part is in every reason: what a shell put into the place of a name must not drop all letters."""
    _, _, config = dead(world)
    total = letters(world, config)
    for option in ("account", "source", "delivery", "reason", "script", "stage", "older", "newer"):
        for verb in ("drop", "retry", "list"):
            done = world.postern("dead", verb, f"--{option}", "", "-c", config, code=2)
            check(f"--{option}: " in done.stderr, done.stderr)
    # No letter can be of such a delivery, which is easily taken for a sink's name.
    done = world.postern("dead", "list", "--delivery", "files", "-c", config, code=2)
    check("PIPELINE/SINK" in done.stderr.splitlines()[0], done.stderr)
    check(letters(world, config) == total, f"{letters(world, config)} of {total} are left")


def on_a_terminal(world, *words):
    """What a terminal is shown beside the outcome."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stderr:
        subprocess.run([world.program("postern"), *map(str, words)], stdout=subprocess.DEVNULL, stderr=stderr, check=True,
                       env=world.environment(), timeout=patience(60))
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        shown = b""
        with contextlib.suppress(OSError):  # how Linux tells the end of a terminal
            while part := terminal.read(4096):
                shown += part
    return shown.decode()


def test_a_terminal_is_shown_how_far_a_drop_is(world):
    _, _, config = dead(world)
    total = letters(world, config)
    shown = on_a_terminal(world, "dead", "drop", "all", "-c", config)
    check(f"\r\x1b[K{total} dropped" in shown, shown)
    check(letters(world, config) == 0, world.status(config)["journal"])


def test_dropping(world):
    _, _, config = dead(world)
    total = letters(world, config)
    audit = [line.split()[0] for line in world.postern("dead", "list", "--reason", "no audit", "-c", config).stdout.splitlines()]
    done = world.postern("dead", "drop", audit[0], audit[1], "999999", "-c", config, code=1)
    check("2 dead letters dropped" in done.stdout and "1 was not found" in done.stderr, done.stdout + done.stderr)
    daemon = running(world, config)
    done = world.postern("dead", "drop", "--reason", "no audit", "--source", "audit", "--script", "map.lua", "-c", config)
    check(f"{len(audit) - 2} dead letters dropped" in done.stdout, done.stdout)
    check(letters(world, config) == total - len(audit), world.status(config)["journal"])
    world.postern("dead", "drop", "all", "-c", config)
    check(letters(world, config) == 0 and world.status(config)["journal"]["dead_bytes"] == 0, world.status(config)["journal"])
    check("were dropped on request" in daemon.logged(), daemon.logged())
    check(daemon.stop()[0] == 0, daemon.logged())


def test_many_are_retried_by_one_request(world):
    simulator, script, config = dead(world, events="6000")
    total = letters(world, config)
    check(total > 5000, f"{total} letters")
    daemon = running(world, config)
    again = world.postern("dead", "retry", "--reason", "no audit", "-c", config, code=1)
    check("it failed again" in again.stderr and "no audit" in again.stderr and again.stdout.startswith("0 of "), again.stderr)
    script.write_text('return function(event) if event.auditType then error("still no audit") end return event end\n')
    daemon.reload()
    started = time.monotonic()
    done = world.postern("dead", "retry", "all", "-c", config, code=1)
    seconds = time.monotonic() - started
    print(f"{total} letters in {seconds:.1f} s")
    left = letters(world, config)
    check(f"{total - left} of {total} dead letters delivered" in done.stdout, done.stdout)
    check(f"{left} failed: it failed again" in done.stderr and "still no audit" in done.stderr, done.stderr)
    check(seconds < patience(60), f"{seconds} s")
    listed = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(len(listed) == left and all("still no audit" in line for line in listed), listed[:2])
    script.write_text(GOOD)
    daemon.reload()
    world.postern("dead", "retry", "--delivery", "default/files", "-c", config)
    check(letters(world, config) == 0, "letters are left")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_receiver_that_is_down_is_asked_twice_and_the_report_says_for_which(world):
    """Once alone, once by the daemon; the letters are kept, and delivered when it is back."""
    simulator, script, config = dead(world, events="3000")
    numbers = sorted(int(line.split()[0]) for line in world.postern("dead", "list", "-c", config).stdout.splitlines())
    left = len(numbers) - 1000
    check(left > 500, f"{len(numbers)} letters")
    script.write_text(GOOD)
    good = config.read_text()
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        lines = [f'sink "files" {{ type = "webhook", url = "http://127.0.0.1:{nobody_listens.getsockname()[1]}/" }}'
                 if line.startswith('sink "files"') else line for line in good.split("\n")]
        config.write_text("\n".join(lines))
        for begin in (lambda: None, lambda: running(world, config)):
            daemon = begin()
            done = world.postern("dead", "retry", "all", "-c", config, code=1)
            tried = next(line for line in done.stderr.splitlines() if "1000 failed: " in line)
            untried = next(line for line in done.stderr.splitlines() if f"{left} not tried: " in line)
            check("default/files: " in tried and f"(letters {numbers[0]} to {numbers[999]}). " in tried, tried)
            check("default/files: nothing was taken of 2 parts in a row: " in untried
                  and f"(letters {numbers[1000]} to {numbers[-1]}). " in untried, untried)
            check(done.stdout == f"0 of {len(numbers)} dead letters delivered\n", done.stdout)
        wait_until(lambda: f"0 are delivered, 1000 failed, {left} not tried" in daemon.logged(), "the log says it, too")
        check(letters(world, config) == len(numbers), "letters are gone")
        check(daemon.stop()[0] == 0, daemon.logged())
    config.write_text(good)
    world.postern("dead", "retry", "all", "-c", config)
    simulator.control("client-restarted", {})
    world.run_once(config)
    world.expect_exact(simulator)


def test_full_dead_letters_leave_nothing_half_written(world):
    """Other scripts make another batch of the same events: a sink that had the first one already would get them twice."""
    script = world.path / "map.lua"
    script.write_text('local n = 0\nreturn function(event) n = n + 1 if n % 3 == 0 then error("no") end return event end\n')
    simulator = world.simulate("--events", "6000", "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), 'journal { dead_limit = "1MiB" }', transform=f'"{script}"',
                          pipeline="script_failures = 100")
    daemon = world.daemon(config)
    wait_until(lambda: "the dead letters are full" in daemon.logged(), "they are full")
    script.write_text("return function(event) return event end\n")
    daemon.reload()
    world.postern("dead", "retry", "all", "-c", config)
    wait_until(lambda: world.status(config)["deliveries"][0]["backlog_events"] == 0, "all is delivered")
    check(daemon.stop()[0] == 0, daemon.logged())
    simulator.control("client-restarted", {})
    world.run_once(config)
    world.expect_exact(simulator)


def test_a_crash_in_the_middle_neither_loses_nor_repeats(world):
    simulator, script, config = dead(world, events="4000")
    total = letters(world, config)
    script.write_text(GOOD)
    for point in ("deliver-before-commit:3", "deliver-after-commit:2", "journal-before-commit:3", "journal-after-commit:3"):
        daemon = running(world, config, environment={"POSTERN_FAILPOINT": point})
        if letters(world, config) == total:  # else the request of before goes on by itself
            words = [world.program("postern"), "dead", "retry", "all", "-c", str(config)]
            retry = subprocess.Popen(words, env=world.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            world.processes.append(retry)
        daemon.wait(60)
        check(daemon.process.returncode == -signal.SIGKILL, f"{point}: {daemon.process.returncode}")
        simulator.control("client-restarted", {})
        check(retry.wait(patience(20)) == 1 and "as soon as it runs again" in retry.stderr.read() if retry.stderr and not retry.stderr.closed
              else True, "the command")
        retry.stderr.close()
    check(0 < letters(world, config) < total, f"{letters(world, config)} of {total}")
    daemon = running(world, config)
    wait_until(lambda: letters(world, config) == 0, "the request goes on")
    wait_until(lambda: "dead letters were tried again on request" in daemon.logged(), "the end is said")
    check(f"{total} dead letters were tried again on request: {total} are delivered" in daemon.logged(), daemon.logged()[-2000:])
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_expiry_is_counted_and_said(world):
    world.use_clock()
    _, _, config = dead(world, 'journal { dead_retain = "7d" }')
    total = letters(world, config)
    world.clock.jump(6 * 24 * HOUR)
    asked = requests(world, config)
    daemon = running(world, config)
    wait_until(lambda: requests(world, config) > asked, "it stores something, and looks what is old")
    check(letters(world, config) >= total, "too early")
    check(daemon.stop()[0] == 0, daemon.logged())
    world.clock.jump(2 * 24 * HOUR)
    daemon = running(world, config)
    wait_until(lambda: world.status(config)["journal"]["dead_expired"] == total, "they expire")
    wait_until(lambda: "older than dead_retain (7d)" in daemon.logged(), "it is said")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_full_delivery_goes_on_after_a_drop(world):
    world.use_clock(rate=20)
    script = world.path / "map.lua"
    script.write_text('return function(event) error(("x"):rep(400)) end\n')
    simulator = world.simulate("--events", "3000", "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), 'journal { dead_limit = "1MiB" }', transform=f'"{script}"',
                          pipeline="script_failures = 100")
    daemon = running(world, config)
    wait_until(lambda: any(d["state"] == "stopped" for d in world.status(config)["deliveries"]), "it stops")
    delivery = world.status(config)["deliveries"][0]
    check("the dead letters are full" in delivery["error"] and "dead drop" in delivery["remedy"], f"{delivery}")

    def has_caught_up():
        world.postern("dead", "drop", "all", "-c", config)
        delivery = world.status(config)["deliveries"][0]
        return delivery["state"] == "ok" and delivery["backlog_events"] == 0 and delivery["dead"] == 3000

    wait_until(has_caught_up, lambda: f"it goes on after each drop: {world.status(config)['deliveries']}")
    check(daemon.stop()[0] == 0, daemon.logged())


KEYS = {"app_id": "11111111-2222-3333-4444-555555555555", "app_key": "key", "access_key": "key", "secret_key": "a2V5"}


def rubbish(world, name, published, size, filling="x"):
    """An account each file of which holds one event and a record of so many bytes that is none; published[0] files are there."""
    def act(talk, request):
        number = int(request.token) if request.token else 0
        if number == published[0]:
            return talk.nothing_new()
        bad = json.dumps(f"{name}-{number}-".ljust(size, "x") if filling == "x" else f"{name}-{number}-{filling}")
        return talk.file(f'{{"type":"MTA","data":[{json.dumps(record(number))},{bad}]}}', number + 1)
    world.variables.update({f"{name}_{key}".upper(): value for key, value in KEYS.items()})
    server = Server(Mode(name, act, "ok", stream=SIEM), world.certificates, world.clock.now_ms)
    keys = ", ".join(f'{key} = env "{name.upper()}_{key.upper()}"' for key in KEYS)
    return server, f'account "{name}" {{ api = 1, base_url = "{server.base_url}", {keys} }}'


def test_an_account_takes_its_share_and_no_more(world):
    """What a hostile vendor fills the room with takes none from others, stops nothing, is counted; a drop gives the share back."""
    world.use_clock(rate=20)
    files, size = 60, 20000
    room = 25 * (2 << 20) // 100 // size  # letters
    published = [files]
    hostile, first = rubbish(world, "hostile", published, size)
    good, second = rubbish(world, "good", [5], size)
    journal = 'journal { dead_limit = "2MiB", dead_account_share = 25 }'
    sources = [f'source "{name}" {{ enabled = false }}' for name in ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    config = world.config(first, second, journal, *sources)
    done = world.run_once(config)
    check("full for the account (journal.dead_account_share 25 percent of 2.0 MiB)" in done.stderr, done.stderr[-3000:])

    def bytes_of(account):
        words = ("dead", "export", "--metadata", "--account", account, "-c", config)
        return [json.loads(line) for line in world.postern(*words).stdout.splitlines()]
    kept = [letter for letter in bytes_of("hostile") if letter["bytes"]]
    counting = [letter["reason"] for letter in bytes_of("hostile") if not letter["bytes"]]
    check(room - 2 <= len(kept) <= room, f"{len(kept)} are kept, and there is room for {room}")
    check(len(counting) == 1 and counting[0].startswith(f"{files - len(kept)} that could not be read"), counting)
    check(len(bytes_of("good")) == 5, "the other account's are not kept")
    check(sum(1 for _ in world.events()) == files + 5, "it stopped collecting")
    world.postern("dead", "drop", "--account", "hostile", "-c", config)
    published[0] += 3
    world.run_once(config)
    check(len(bytes_of("hostile")) == 3, "a drop does not give the share back")
    check(sum(1 for _ in world.events()) == files + 3 + 5, "it stopped collecting")
    hostile.close(), good.close()


def test_a_report_for_the_vendor_holds_no_key(world):
    """One kind of damage is one piece of the report, with its example; a signed link and a key in it are not in the report."""
    world.use_clock(rate=20)
    signature, key = "X-Amz-Signature=0a1b2c3d", "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"
    server, account = rubbish(world, "acme", [3], 0, f"https://files.example.com/a.gz?{signature} {key}")
    off = [f'source "{name}" {{ enabled = false }}' for name in ("audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp")]
    config = world.config(account, *off)
    world.run_once(config)
    known = [json.loads(line) for line in world.postern("dead", "export", "--metadata", "-c", config).stdout.splitlines()]
    check(len(known) == 3 and all(signature in letter["bytes"] and key in letter["bytes"] for letter in known), known)
    text = world.postern("dead", "report", "-c", config).stdout
    check(text.count("\n1. ") == 1 and "\n2. " not in text and "Account acme, log siem: 3 pieces" in text, text)
    check("https://files.example.com/a.gz?[left out]" in text and "SHA-256 " in text and " example   received 20" in text, text)
    check(signature not in text and key not in text, text)
    check("files.example.com" not in world.postern("dead", "report", "--no-samples", "-c", config).stdout, "a sample")
    check(world.postern("dead", "report", "--account", "other", "-c", config).stdout == "", "a report on nothing")
    world.postern("dead", "list", "--no-samples", "-c", config, code=2)
    server.close()


def test_a_report_for_the_vendor_is_on_what_could_not_be_read(world):
    """What a script or a sink refused is no damage of the vendor's, and no kind of it."""
    _, _, config = dead(world)
    world.postern("dead", "report", "--stage", "script", "-c", config, code=2)
    done = world.postern("dead", "report", "1", "2", "-c", config)
    check(done.stdout == "" and "nothing to report" in done.stderr and "could be read" in done.stderr, done.stdout + done.stderr)


def test_a_report_stays_one_that_somebody_reads(world):
    """However many kinds there are: the commonest, and how much is left."""
    _, _, config = dead(world, events="50")
    with contextlib.closing(sqlite3.connect(world.state / "journal.db")) as journal, journal:
        for kind in range(70):
            for _ in range(1 if kind % 2 else 2):
                reason = "cut at " + "".join(chr(ord("a") + int(digit)) for digit in str(kind))
                number = journal.execute("INSERT INTO dead_letter (bytes, created_ms, account, source, stream, delivery, stage, event_id, type,"
                                         " received_ms, time_ms, retries, reason) VALUES (300, 1, 'acme', 'siem', 'siem', '', 'collect',"
                                         " zeroblob(16), '', 1, 0, 0, ?)", (reason,)).lastrowid
                journal.execute("INSERT INTO dead_letter_body (id, body) VALUES (?, x'7b')", (number,))
    text = world.postern("dead", "report", "-c", config).stdout
    check("\n50. " in text and "\n51. " not in text and text.count(": 2 pieces, ") == 35, text[-2000:])
    check(text.endswith("\nAnd 20 pieces of 20 further kinds, none commoner than these.\n"), text[-2000:])
