"""`postern module test`: good modules pass every check, and of a module with one flaw the check that is for it fails."""
import contextlib
import json
import pathlib
import re
import signal
import sqlite3
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

from harness import check, is_sanitized, patience, wait_until

# The flaws of broken_sink.c: which check finds each (its own, where nothing else is said), and in which words.
FLAWS = {
    "exports": "it exports 1 more: broken_helper",
    "options": "crashed with signal 11",
    "create": "leave",
    "hang": "still busy in create after",
    "write": "crashed with signal 11 (Segmentation fault) in write",
    "exit": "ended the process with code 0 in write",
    "shapes": "this is no JSON",
    "batch": "after write the events of the batch are not what they were",
    "result": "it rejected event 10 of a batch of 10",
    "errors": "left error.message empty",
    "again": "this batch was here before",
    "reopen": "it is open already",
    "idle": "there is nothing to do",
    "interrupt": "still b",
    "silent": "write still blocks",
    "stopped": "it failed with retry and not with POSTERN_E_STOPPED",
    "process": "the locale is not what it was",
    "threads": "takes signals",
    "receiver": "events that were acknowledged",
}
FOUND_BY = {"hang": "create", "exit": "write", "stopped": "interrupt"}


def run(world, file, *options, code=0):
    done = world.postern("module", "test", file, *options, "--json", code=code)
    return {f"{item.get('subject', 'module')}: {item['check']}": item for item in json.loads(done.stdout)["checks"]}


def failed(checks):
    return {name: item["seen"] for name, item in checks.items() if item["finding"] == "failed"}


def built(world, name):
    return world.build / name


def as_told(world, words):
    """A sanitizer takes the signal itself, says more than anybody, and ends the process with 1."""
    return re.sub(r"crashed with signal 11( \(Segmentation fault\))?", "ended the process with code 1", words) if world.sanitized else words


def test_a_sink_without_a_flaw_passes(world):
    out = world.path / "out.ndjson"
    done = world.postern("module", "test", built(world, "e2e-broken/broken_sink_none.so"), "--option", f"path={out}", "--expect", out)
    for words in ("  passed   loads\n", "  passed   sink broken: write\n", "  skipped  sink broken: silent: say with --silent",
                  " 0 failed, "):
        check(words in done.stdout, f"{words!r} is not in {done.stdout}")
    check("sink broken: receiver: lost 0 of " in done.stdout, done.stdout)


def test_a_status_may_speak_for_itself(world):
    file = built(world, "e2e-broken/broken_sink_wordless.so")
    checks = run(world, file, "--option", f"path={world.path / 'out'}", "--check", "errors")
    check(checks["sink broken: errors"]["finding"] == "passed", checks)


def test_each_flaw_is_found_by_the_check_for_it(world):
    little = f"{patience(2):.0f}s"  # what else such a check does must be done within it
    for flaw, words in FLAWS.items():
        if flaw == "create" and is_sanitized(world.build):
            continue  # its allocator does not say what is in use
        out, name = world.path / f"{flaw}.ndjson", FOUND_BY.get(flaw, flaw)
        file = built(world, f"e2e-broken/broken_sink_{flaw}.so")
        given = ("--option", f"path={out}", "--silent", f"path={out}")
        if flaw == "receiver":
            found = failed(run(world, file, *given, "--expect", out, code=1))
        else:
            found = failed(run(world, file, *given, "--check", name, "--patience", little if flaw in ("hang", "interrupt", "silent") else "60s", code=1))
        check(list(found) == [f"module: {name}" if flaw == "exports" else f"sink broken: {name}"], f"{flaw}: {found}")
        check(as_told(world, words) in str(found), f"{flaw}: {found} does not say {words!r}")


def test_of_several_sinks_a_configuration_names_one(world):
    file, out = built(world, "e2e-broken/broken_sink_two.so"), world.path / "out.ndjson"
    config = world.path / "two.lua"
    config.write_text(f'state = "{world.state}"\nmodules = {{ "{file.parent}" }}\n'
                      f'sink "mine" {{ type = "other", path = "{out}" }}\nsink "strange" {{ type = "stdout" }}\n')
    checks = run(world, file, "-c", config, "--sink", "mine", "--check", "write")
    check({name: one["finding"] for name, one in checks.items()} == {"module: loads": "passed", "sink other: write": "passed"}, checks)
    told = world.postern("module", "test", file, "--option", f"path={out}", code=2).stderr
    check("say with --sink NAME" in told, told)
    found = failed(run(world, file, "-c", config, "--sink", "nowhere", "--check", "write", code=1))
    check(all("declares no sink" in seen for seen in found.values()) and len(found) == 2, found)


def is_running(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def children(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def test_a_signal_ends_it_and_leaves_nothing(world):
    """The check hangs, and a process that the module started would outlive it."""
    folder = world.path / "temporary"
    folder.mkdir()
    for number in (signal.SIGINT, signal.SIGTERM):
        words = [world.program("postern"), "module", "test", built(world, "e2e-broken/broken_sink_hang.so"), "--option", f"path={world.path}/out",
                 "--check", "create"]
        started = []
        with subprocess.Popen(words, env={**world.environment(), "TMPDIR": str(folder)}, stdout=subprocess.DEVNULL) as suite:
            wait_until(lambda: started.extend(one for child in children(suite.pid) for one in children(child)) or started, "it hangs")
            check(list(folder.iterdir()), "it has a folder")
            suite.send_signal(number)
            check(suite.wait(60) == -number, suite.returncode)
        check(not list(folder.iterdir()), f"{list(folder.iterdir())} is left")
        wait_until(lambda: not any(map(is_running, started)), f"what the module started has ended: {started}")


def rows(path, table):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT count(*), count(DISTINCT id) FROM {table}").fetchone()


def test_packaged_sinks_keep_to_the_contract(world):
    """Those that need no server; each of the others is put through its own trial (tests/sinks)."""
    out = world.path / "out"
    out.mkdir()
    for file, *options in (
            (built(world, "e2e-modules/sink_minimal.so"), "--option", f"path={out}/minimal", "--expect", out / "minimal"),
            (built(world, "modules/file.so"), "--option", f"path={out}/file", "--expect", out / "file"),
            (built(world, "modules/stdout.so"),),
            (built(world, "modules/sqlite.so"), "--option", f"path={out}/sqlite.db")):
        if not file.exists():
            continue  # the build has said that its library is not there
        checks = run(world, file, *options)
        check(not failed(checks), failed(checks))
        if file.name == "file.so":
            check("repeated 0" in checks["sink file: receiver"]["seen"], checks["sink file: receiver"])
    if (out / "sqlite.db").exists():
        count, distinct = rows(out / "sqlite.db", "events")
        check(count == distinct and count > 1000, f"{count} rows of {distinct} events")


def test_every_packaged_module_is_loaded(world):
    """Those that need a server, too."""
    for file in sorted((world.build / "modules").glob("*.so")):
        checks = run(world, file, "--check", "words")
        check({item["finding"] for item in checks.values()} == {"passed"}, f"{file.name}: {checks}")


def test_what_is_no_module_and_what_is_not_given(world):
    (world.path / "text.so").write_text("no module")
    checks = run(world, world.path / "text.so", code=1)
    check(list(checks) == ["module: loads"] and "cannot be loaded" in checks["module: loads"]["seen"], checks)
    file = built(world, "e2e-broken/broken_sink_none.so")
    checks = run(world, file)
    check(checks["sink broken: write"]["finding"] == "skipped" and "no path" in checks["sink broken: write"]["seen"], checks)
    checks = run(world, file, "--option", "pth=/tmp/x", code=1)
    check("pth" in checks["sink broken: write"]["seen"], checks)
    for words in (["module"], ["module", "test"], ["module", "test", file, "--sink", "nope"], ["module", "test", file, "--patience", "1"],
                  ["module", "test", file, "--option", "x"], ["module", "look", file]):
        world.postern(*words, code=2)


# The flaws of broken_source.c, as FLAWS.
SOURCE_FLAWS = {
    "next": "asked again at another time, next makes another request",
    "events": "line 2 of events.ndjson is {",
    "again": "the source keeps a state",
    "damaged": "taken for whole with 0 of 3 events",
    "refused": "with HTTP status 400 it succeeds",
    "arena": "crashed with signal 11 (Segmentation fault) in next",
    "crash": "crashed with signal 11 (Segmentation fault) in on_response",
    "stack": "the request's path, left by next, lies on the stack of a function that has ended",
    "headers": "the list of the request's headers, left by next, lies on the stack",
    "freed": "the request's path, left by next, lies in memory that has been freed",
    "leak": "the request's path, left by next, lies in memory of its own at each call, which nobody frees",
    "kept": "the request's path, left by next, lies in the arena of an earlier call",
    "position": "the position, left by on_response, is overwritten by later calls",
    "shared": "read by 4 threads at once, something else comes of it",
    "aside_nothing": "nothing is handed over and nothing set aside again: they are lost",
    "aside_gone": "bytes that are no event, set aside between two events, are not set aside again: they are lost",
    "aside_type": "the first event, set aside and read again, is not handed over as on_response did",
    "aside_first": "a later event, set aside in a row and read again, is not handed over",
    "aside_download": "on_set_aside names a download",
}
SOURCE_FOUND_BY = {"crash": "damaged", "shared": "concurrent",
                   **{name: "memory" for name in ("stack", "headers", "freed", "leak", "kept", "position")},
                   **{name: "set_aside" for name in SOURCE_FLAWS if name.startswith("aside_")}}


def make_case(folder, answer, **words):
    folder.mkdir(parents=True)
    (folder / "case.json").write_text(json.dumps(words))
    (folder / "answer.json").write_text(json.dumps(answer))


def make_cases(world, stream):
    """Two pages of one pass, and what must come of them as the good source gives it."""
    folder = world.path / "cases"
    make_case(folder / "1-first", {"events": [{"n": n} for n in range(3)], "next": "two"}, stream=stream, **{"from": 1000}, until=2000)
    make_case(folder / "2-last", {"events": [{"n": n} for n in range(3, 6)]}, stream=stream, **{"from": 1000}, until=2000, position="two")
    return folder


def test_a_source_is_recorded_and_held_against_that(world):
    folder = make_cases(world, "minimal")
    file = built(world, "e2e-modules/source_minimal.so")
    found = failed(run(world, file, "--fixtures", folder, code=1))
    check("has no events.ndjson: see what comes with --record" in found["source minimal: events"], found)
    run(world, file, "--fixtures", folder, "--record")
    check(json.loads((folder / "1-first/request.json").read_text())["path"] == "/events?from=1000&until=2000", "another request")
    check((folder / "2-last/events.ndjson").read_text().splitlines()[0] == '{"type":"event","time":0,"event":{"n": 3}}', "another event")
    after = [json.loads((folder / name / "after.json").read_text()) for name in ("1-first", "2-last")]
    check([(one["outcome"], one["position"]) for one in after] == [("more", "two"), ("end", "")], after)
    checks = run(world, file, "--fixtures", folder)
    check(not any(item["finding"] != "passed" for item in checks.values() if item["check"] not in ("options", "set_aside")), checks)
    check("it has no on_set_aside" in checks["source minimal: set_aside"]["seen"], checks)


def find_flaw(world, folder, flaw, name, words):
    found = failed(run(world, built(world, f"e2e-broken/broken_source_{flaw}.so"), "--fixtures", folder, "--check", name, code=1))
    by_sanitizer = is_sanitized(world.build) and flaw in ("stack", "headers", "freed") and "ended the process with code 1" in str(found)
    check(list(found) == [f"source broken: {name}"] and (by_sanitizer or as_told(world, words) in str(found)), f"{flaw}: {found}")


def test_each_flaw_of_a_source_is_found_by_the_check_for_it(world):
    folder = make_cases(world, "broken")
    good = built(world, "e2e-broken/broken_source_none.so")
    run(world, good, "--fixtures", folder, "--record")
    checks = run(world, good, "--fixtures", folder)
    check(not any(item["finding"] != "passed" for item in checks.values() if item["check"] != "options"), checks)
    for flaw, words in SOURCE_FLAWS.items():
        name = SOURCE_FOUND_BY.get(flaw, flaw)
        find_flaw(world, folder, flaw, name, words)
    find_flaw(world, folder, "static", "memory", "the request's path, left by next, is overwritten by later calls")
    find_flaw(world, folder, "static", "concurrent", "read by 4 threads at once, something else comes of it")


def test_lines_of_json_hide_a_missing_end(world):
    """An answer of such lines, cut at the end of one, is a shorter answer: no loss that a source could see."""
    case = world.path / "cases/lines"
    make_case(case, {}, stream="broken")
    (case / "answer.json").write_text("".join(f'{{"n":{n},"text":"{"x" * 50}"}}\n' for n in range(3)))
    file = built(world, "e2e-broken/broken_source_lines.so")
    run(world, file, "--fixtures", case.parent, "--record")
    checks = run(world, file, "--fixtures", case.parent)
    check(checks["source broken: damaged"]["finding"] == "passed" and not failed(checks), checks)


def ask_simulator(world, simulator, request):
    """What the simulator answers to a recorded request, let in by its API 2.0."""
    context = ssl.create_default_context(cafile=str(world.certificates / "ca.pem"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    keys = simulator.keys(0, 2)
    form = urllib.parse.urlencode({"client_id": keys["client_id"], "client_secret": keys["client_secret"],
                                   "grant_type": "client_credentials"}).encode()
    with opener.open(urllib.request.Request(f"{simulator.base_url}/oauth/token", data=form), timeout=30) as answer:
        token = json.loads(answer.read())["access_token"]
    body = request.get("body")
    asked = urllib.request.Request(simulator.base_url + request["path"], data=body.encode() if body else None, method=request["method"],
                                   headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with opener.open(asked, timeout=30) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_mimecast_with_what_the_simulator_answers(world):
    simulator = world.simulate("--events", "600", "--history", "1h", "--quiet-period", "10m", "--quirks", "off")
    file, folder = built(world, "modules/mimecast.so"), world.path / "cases"
    until = int(time.time() * 1000) - 600_000
    for source in ("ttp-url", "audit"):
        case = folder / source
        make_case(case, {}, source=source, stream=source, auth="mimecast/2.0", until=until, now=until + 300_000,
                  **{"from": until - 2_400_000})
        run(world, file, "--source", source, "--fixtures", folder, "--record", "--check", "next")
        body, _ = ask_simulator(world, simulator, json.loads((case / "request.json").read_text()))
        (case / "answer.json").write_bytes(body)
        run(world, file, "--source", source, "--fixtures", folder, "--record")
        check((case / "events.ndjson").read_text().count("\n") >= 3, f"{source}: too few events to prove anything")
        checks = run(world, file, "--source", source, "--fixtures", folder)
        check(not any(item["finding"] != "passed" for item in checks.values() if item["check"] != "options"), checks)
