"""What an operator types: status, tap, map, dead, modules, check, test; two daemons; reload."""
import json
import os
import signal
import time

from harness import check, lacking, wait_until


# Scripts that fail on all of one source are meant to: each event is a dead letter.
NEVER_STOP = "script_failures = 100"


def collected(world, *parts, transform="", events="600", pipeline=""):
    """Sources that are read by time look back an hour from when Postern starts, which may be a while after the simulator."""
    simulator = world.simulate("--events", events, "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), *parts, transform=transform, pipeline=pipeline)
    return simulator, config


def test_status_tells_the_true_state(world):
    simulator, config = collected(world)
    simulator.control("permissions", {"endpoint": "ttp-url", "allowed": False})
    done = world.run_once(config, code=1)
    check("ttp-url" in done.stderr, f"stderr does not name the stream: {done.stderr}")
    status = world.status(config)
    streams = {stream["name"]: stream for stream in status["accounts"][0]["streams"]}
    check(streams["ttp-url"]["state"] == "not permitted", f"{streams['ttp-url']}")
    check("Monitoring | URL Protection | Read" in streams["ttp-url"]["remedy"], f"{streams['ttp-url']}")
    for name in ("siem", "audit", "ttp-attachment", "ttp-impersonation", "dlp"):
        check(streams[name]["state"] == "ok" and streams[name]["events"] > 0, f"{streams[name]}")
        check(streams[name]["last_success"] and "error" not in streams[name], f"{streams[name]}")
    check(status["accounts"][0]["status"] == "connected", f"{status['accounts'][0]}")
    check(not status["running"], "nothing runs")
    text = world.postern("status", "-c", config, code=1).stdout
    check("NOT RUNNING" in text and "not permitted" in text and "URL Protection" in text, text)


def test_what_a_whole_account_lacks_is_said_once(world):
    world.use_clock(rate=60.0)
    simulator, config = collected(world)
    simulator.control("keys", {"account": "acme", "expired_before": 1})
    run = world.daemon(config, "--once", "--timeout", "12h")

    def is_refused_again():
        streams = [stream for account in world.status(config)["accounts"] for stream in account["streams"]]
        refused = sum(counts.get("418", 0) for counts in simulator.control("statistics")["requests"].values())
        return len(streams) > 5 and all(stream.get("error") for stream in streams) and refused > 3

    wait_until(is_refused_again, "all are refused, again and again")
    check(run.stop()[0] == 1, run.logged())
    said = run.logged()
    lines = [line for line in said.splitlines() if "the keys have expired" in line]
    check(len([line for line in lines if " warning " in line or " error " in line]) <= 3, f"said again and again: {lines}")
    unfinished = [line for line in said.splitlines() if line.startswith("postern: acme/")]
    check(len(unfinished) > 5 and all(line.endswith(": the same") for line in unfinished[1:]), f"{unfinished}")
    check(": acme: " not in unfinished[0] and ". Make new keys" in unfinished[0], unfinished[0])
    text = world.postern("status", "-c", config, code=1).stdout
    check(text.count("the keys have expired") == 1 and text.splitlines()[0].count("→") == 1, text)
    text = world.postern("check", "--live", "-c", config, code=1).stdout
    said = " ".join(text.split())
    check(said.count("the keys have expired") == 1 and said.count("FAILS") == 1 and "acme: 0 of " in said, text)


def test_tap_prints_raw_events_and_map_reads_them(world):
    _, config = collected(world)
    world.run_once(config)
    bare = world.postern("tap", "--oldest", "--no-follow", "--bare", "-c", config).stdout
    check(len(bare.splitlines()) == sum(1 for _ in world.events()), "tap shows every event")
    check(sorted(bare.splitlines()) == sorted(line for file in world.output.glob("*/*.ndjson")
                                              for line in file.read_text().splitlines()), "exactly as delivered")
    wrapped = world.postern("tap", "--oldest", "--no-follow", "--source", "audit", "-n", "5", "-c", config).stdout
    check(len(wrapped.splitlines()) == 5, wrapped)
    mapped = world.postern("map", "-s", "ecs", stdin=wrapped).stdout
    for line in mapped.splitlines():
        check(json.loads(line)["event"]["dataset"] == "mimecast.audit_events", line)


def test_tap_of_a_name_that_is_not_there(world):
    """Nothing would ever come: it says so instead of waiting. A stream can be named as its source."""
    simulator = world.simulate("--events", "300", "--history", "2h", "--quirks", "off")
    config = world.config(world.account(simulator, "acme", api=2))
    world.run_once(config)
    lines = world.postern("tap", "--oldest", "--no-follow", "--source", "siem-receipt", "-c", config).stdout.splitlines()
    check(lines and all(json.loads(line)["postern"]["stream"] == "siem-receipt" for line in lines), f"{len(lines)} lines: {lines[:1]}")
    for words, expected in ((("--source", "siem-reciept"), 'the journal knows no source or stream "siem-reciept"'),
                            (("--account", "amce", "--source", "siem"), 'the journal knows no account "amce"')):
        said = world.postern("tap", *words, "-c", config, code=1, timeout=30).stderr
        check(expected in said and "`postern status` lists" in said, said)


def test_dead_letters_are_kept_shown_and_retried(world):
    script = world.path / "picky.lua"
    script.write_text('return function(event)\n  if event.auditType then error("audit is not wanted here") end\n'
                      '  return event\nend\n')
    simulator, config = collected(world, transform=f'"{script}"', pipeline=NEVER_STOP)
    world.run_once(config)
    check(not (world.output / "acme/audit.ndjson").exists(), "audit events came through")
    listed = world.postern("dead", "list", "-c", config).stdout.splitlines()
    check(listed and all("audit is not wanted here" in line and "script" in line for line in listed), listed[:3])
    shown = world.postern("dead", "show", listed[0].split()[0], "-c", config)
    check("auditType" in json.loads(shown.stdout), shown.stdout)
    check("picky.lua:2" in shown.stderr and "traceback" in shown.stderr, shown.stderr)
    again = world.postern("dead", "retry", "all", "-c", config, code=1)
    check("it failed again" in again.stderr, again.stderr)
    script.write_text("return function(event) return event end\n")
    world.postern("dead", "retry", "all", "-c", config)
    check(world.postern("dead", "list", "-c", config).stdout.strip() == "no dead letters", "letters are left")
    world.expect_exact(simulator)


def test_a_running_daemon_retries_dead_letters_after_a_reload(world):
    script = world.path / "picky.lua"
    script.write_text('return function(event) if event.auditType then error("no") end return event end\n')
    simulator, config = collected(world, transform=f'"{script}"', pipeline=NEVER_STOP)
    daemon = world.daemon(config)
    wait_until(lambda: world.state.exists() and world.status(config)["journal"]["dead_letters"] > 0 and
               len(list(world.output.glob("acme/*.ndjson"))) == 5, "dead letters")
    script.write_text("return function(event) return event end\n")
    daemon.reload()
    world.postern("dead", "retry", "all", "-c", config)
    check(world.status(config)["journal"]["dead_letters"] == 0, "letters are left")
    world.wait_until_read(simulator)
    check(daemon.stop()[0] == 0, daemon.logged())
    world.expect_exact(simulator)


def test_a_bad_reload_keeps_the_old_configuration(world):
    script = world.path / "script.lua"
    script.write_text("return function(event) return event end\n")
    simulator, config = collected(world, transform=f'"{script}"')
    daemon = world.daemon(config)
    wait_until(lambda: len(list(world.output.glob("acme/*.ndjson"))) == 6, "first files")
    good = config.read_text()
    for text, words in ((good + 'sinc "x" { type = "file" }', "did you mean"), (good + "account", "postern.lua:")):
        config.write_text(text)
        before = len(daemon.logged())
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: words in daemon.logged()[before:] and "NOT reloaded" in daemon.logged()[before:], words)
    config.write_text(good)
    script.write_text("return function(event) return evnt end this is no Lua")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: "script.lua:1:" in daemon.logged(), "the script's error")
    simulator.control("publish", {"events": 5, "endpoint": "siem"})
    check(daemon.process.poll() is None, "the daemon ended")
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_second_daemon_is_refused(world):
    _, config = collected(world)
    daemon = world.daemon(config)
    daemon.wait_until_running()
    refused = world.postern("run", "--once", "-c", config, code=None)
    check(refused.returncode != 0 and str(daemon.process.pid) in refused.stderr, refused.stderr)
    check(daemon.stop()[0] == 0, daemon.logged())


def test_a_foreign_or_damaged_database_is_never_overwritten(world):
    _, config = collected(world)
    world.run_once(config)
    database = next(path for path in world.state.iterdir() if path.suffix in (".sqlite", ".db"))
    good = database.read_bytes()
    for what, content in (("text", b"this is no database, and it is somebody's own\n" * 100),
                          ("damage", good[:100] + bytes(4096) + good[4196:]), ("cut", good[:5000])):
        database.write_bytes(content)
        refused = world.postern("run", "--once", "-c", config, code=None)
        check(refused.returncode != 0, f"{what}: it ran")
        check(str(database) in refused.stderr, f"{what}: the file is not named: {refused.stderr}")
        check(database.read_bytes() == content, f"{what}: the file was changed")


def test_secrets_never_show(world):
    simulator, config = collected(world)
    simulator.control("keys", {"revoked": True})
    done = world.run_once(config, code=1, environment={"POSTERN_LOG": "debug"})
    check(simulator.process.poll() is None, "the simulator ended")
    shown = done.stdout + done.stderr + world.postern("status", "-c", config, code=None).stdout
    kept = b"".join(path.read_bytes() for path in world.state.iterdir() if path.is_file())
    for name, value in world.variables.items():
        check(value not in shown, f"{name} is shown")
        check(value.encode() not in kept, f"{name} is in the state directory")


def test_modules_lists_what_is_loaded(world):
    text = world.postern("modules").stdout
    for word in ("mimecast", "file", "stdout", "ABI 1.3", "rotate_size", "source ttp-impersonation",
                 "Monitoring | URL Protection | Read"):
        check(word in text, f"{word} is missing:\n{text}")


def test_packaged_scripts_pass_their_tests(world):
    text = world.postern("test").stdout
    check(" 0 failed" in text.splitlines()[-1] and not text.splitlines()[-1].startswith("0 "), text)


def test_map_without_a_script_checks_and_passes_on(world):
    lines = '{"a":1.0,"b":[],"c":null}\n\nnot json\n{"n":12345678901234567890}\n'
    dead = world.path / "dead.ndjson"
    done = world.postern("map", "--dead", dead, stdin=lines, code=1)
    check(done.stdout == '{"a":1.0,"b":[],"c":null}\n{"n":12345678901234567890}\n', done.stdout)
    check("stdin:3: " in done.stderr, done.stderr)
    letter = json.loads(dead.read_text())
    check(letter["raw"] == "not json" and letter["line"] == 3, letter)


def test_map_without_a_script_writes_strict_lines(world):
    file = world.path / "events.ndjson"
    file.write_bytes(b'{"a":"caf\xe9","b":"\\ud83d","c":1,"c":2}\n{"postern":{"source":"audit"},"event":{"a":1}}\n')
    done = world.postern("map", file)
    lines = done.stdout.splitlines()
    check(json.loads(lines[0]) == {"a": "caf\ufffd", "b": "\ufffd", "c": 1, "c_2": 2}, lines)
    check(lines[1] == '{"postern":{"source":"audit"},"event":{"a":1}}', lines)
    check("wrong bytes" in done.stderr, done.stderr)


AUDIT = {"auditType": "User Logged On", "user": "kim@example.org", "eventTime": "2026-10-02T07:15:00+0000"}
ABOUT = {"account": "acme", "source": "audit", "stream": "audit", "type": "audit", "id": "1" * 32,
         "received": 1790925400000, "time": 1790925300000}
SHOW = """return function(event, ctx)
  return { account = ctx.account, source = ctx.source, stream = ctx.stream, type = ctx.type, id = ctx.id,
    received = ctx.received, time = ctx.time, event = event }
end"""


def test_map_reads_envelopes_however_they_are_written(world):
    script = world.path / "show.lua"
    script.write_text(SHOW)
    whole = {**ABOUT, "event": AUDIT}
    about, event = json.dumps(ABOUT), json.dumps(AUDIT)
    turned = json.dumps(dict(reversed(ABOUT.items())))
    for line in (f'{{"postern":{about},"event":{event}}}', f'{{ "postern" : {about} , "event" : {event} }}',
                 f'{{"event":{event},"postern":{about}}}', f'\t{{"more":[1],"event":{event},"postern":{turned}}} ',
                 json.dumps({"postern": ABOUT, "event": AUDIT}, indent=2).replace("\n", "\t")):
        shown = json.loads(world.postern("map", "-s", script, "--source", "dlp", stdin=line + "\n").stdout)
        check(shown == whole, f"{line}: {shown}")
    # What an envelope does not say is as the options say; `received` is the present.
    shown = json.loads(world.postern("map", "-s", script, "--account", "globex", "--source", "dlp", "--type", "x",
                                     stdin=f'{{"postern":{{"source":"audit","type":5}},"event":{event}}}\n').stdout)
    check([shown[key] for key in ("account", "source", "stream", "type")] == ["globex", "audit", "dlp", "x"], f"{shown}")
    # None of these is one: the line itself is the event, of a source that nobody said.
    for line in ('{"postern":{"source":"audit"},"event":"x"}', '{"postern":"audit","event":{}}', '{"postern":{},"event":{}}',
                 '{"event":{"postern":{"source":"audit"}}}', '{"postern":{"source":5},"event":{}}', '{"a":"\\"postern\\""}'):
        shown = json.loads(world.postern("map", "-s", script, stdin=line + "\n").stdout)
        check(shown["event"] == json.loads(line), f"{line}: {shown}")
        check([shown[key] for key in ("account", "source", "stream", "type")] == [""] * 4, f"{shown}")


def test_map_tells_the_source_by_the_fields_or_says_that_it_cannot(world):
    known = {
        "siem_logs": {"aCode": "a"}, "audit_events": AUDIT, "ttp_url_logs": {"userEmailAddress": "a@b.example", "url": "http://x.example"},
        "ttp_ap_logs": {"fileHash": "x", "senderAddress": "a@b.example"}, "dlp_logs": {"senderAddress": "a@b.example", "eventTime": "2026-10-02T07:15:00Z"},
        "ttp_ip_logs": {"senderIpAddress": "192.0.2.1", "senderAddress": "a@b.example", "eventTime": "2026-10-02T07:15:00Z"},
    }
    for dataset, event in known.items():
        done = world.postern("map", "-s", "ecs", stdin=json.dumps(event) + "\n")
        check(json.loads(done.stdout)["event"]["dataset"] == f"mimecast.{dataset}", done.stdout)
        check("--source" not in done.stderr, done.stderr)
    done = world.postern("map", "-s", "ecs", stdin=json.dumps(AUDIT) + '\n{"x":1}\n{"x":2}\n')
    check([json.loads(line)["event"]["dataset"] for line in done.stdout.splitlines()] ==
          ["mimecast.audit_events", "mimecast.other", "mimecast.other"], done.stdout)
    said = [line for line in done.stderr.splitlines() if "--source NAME" in line]
    check(len(said) == 1 and said[0].endswith(": 2 events, first stdin:2"), done.stderr)
    done = world.postern("map", "-s", "ecs", "--source", "brand-new", stdin='{"x":1}\n')
    check("mimecast.other" in done.stdout and "--source" not in done.stderr, "a source that was said is no question")


def test_map_names_the_script_that_is_not_there(world):
    for name, path in (("./nosuch.lua", "./nosuch.lua"), ("nosuch.lua", "nosuch.lua"), ("no/such", "no/such")):
        said = world.postern("map", "-s", name, stdin="{}\n", code=78).stderr
        check(f'cannot open {path}: No such file or directory' in said, said)
    said = world.postern("map", "-s", "nosuch", stdin="{}\n", code=78).stderr
    check('there is no script "nosuch"' in said and os.getcwd() in said and "scripts; packaged are: ecs\n" in said, said)
    script = world.path / "triage.lua"
    script.write_text("return function(event) return event end")
    said = world.postern("map", "-s", "triage", stdin="{}\n", code=78, cwd=world.path).stderr
    check(f"in {world.path}, no packaged one in" in said and "-s triage.lua" in said, said)
    world.postern("map", "-s", "triage.lua", stdin="{}\n", cwd=world.path)


def test_check_live_keeps_to_the_requests_per_second(world):
    simulator = world.simulate("--events", "60", "--history", "50m", "--quiet-period", "10m", "--quirks", "off")
    config = world.config(world.account(simulator, "acme"), http="requests_per_second = 2")
    started = time.monotonic()
    text = world.postern("check", "--live", "-c", config).stdout
    check(lacking(text) == 0, text)
    check(time.monotonic() - started >= 2.5, "6 requests took less than 5 turns of half a second")


def test_help_and_usage(world):
    for command in ("run", "check", "test", "map", "status", "tap", "dead", "trace", "modules"):
        text = world.postern(command, "--help").stdout
        check(text.startswith(f"usage: postern {command}"), text)
        world.postern(command, "--no-such-option", code=2)
    world.postern("--help")
    check("postern" in world.postern("--version").stdout, "no version")
    world.postern("frobnicate", code=2)
