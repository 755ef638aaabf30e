"""`postern module test`: good modules pass every check, and of a module with one flaw the check that is for it fails."""
import json

from harness import ROOT, check, is_sanitized

# The flaws of broken_sink.c: which check finds each (its own, where nothing else is said), and in which words.
FLAWS = {
    "exports": "it exports 1 more: broken_helper",
    "options": "crashed with signal 11",
    "create": "leave",
    "hang": "still busy in create after",
    "write": "crashed with signal 11 (Segmentation fault) in write",
    "shapes": "this is no JSON",
    "batch": "after write the events of the batch are not what they were",
    "result": "it rejected event 10 of a batch of 10",
    "errors": "left error.message empty",
    "again": "this batch was here before",
    "reopen": "it is open already",
    "idle": "there is nothing to do",
    "interrupt": "still b",
    "process": "the locale is not what it was",
    "threads": "takes signals",
    "receiver": "events that were acknowledged",
}
FOUND_BY = {"hang": "create"}


def run(world, file, *options, code=0):
    done = world.postern("module", "test", file, *options, "--json", code=code)
    return {f"{item.get('subject', 'module')}: {item['check']}": item for item in json.loads(done.stdout)["checks"]}


def failed(checks):
    return {name: item["seen"] for name, item in checks.items() if item["finding"] == "failed"}


def built(world, name):
    return world.build / name


def test_a_sink_without_a_flaw_passes(world):
    out = world.path / "out.ndjson"
    done = world.postern("module", "test", built(world, "e2e-broken/broken_none.so"), "--option", f"path={out}", "--expect", out)
    for words in ("  passed   loads\n", "  passed   sink broken: write\n", "  skipped  sink broken: silent: say with --silent",
                  " 0 failed, "):
        check(words in done.stdout, f"{words!r} is not in {done.stdout}")
    check("sink broken: receiver: lost 0 of " in done.stdout, done.stdout)


def test_each_flaw_is_found_by_the_check_for_it(world):
    for flaw, words in FLAWS.items():
        if flaw == "create" and is_sanitized(world.build):
            continue  # its allocator does not say what is in use
        out, name = world.path / f"{flaw}.ndjson", FOUND_BY.get(flaw, flaw)
        file = built(world, f"e2e-broken/broken_{flaw}.so")
        given = ("--option", f"path={out}")
        if flaw == "receiver":
            found = failed(run(world, file, *given, "--expect", out, code=1))
        else:
            found = failed(run(world, file, *given, "--check", name, "--patience", "2s" if flaw in ("hang", "interrupt") else "60s", code=1))
        check(list(found) == [f"module: {name}" if flaw == "exports" else f"sink broken: {name}"], f"{flaw}: {found}")
        check(words in str(found), f"{flaw}: {found} does not say {words!r}")


def test_packaged_sinks_keep_to_the_contract(world):
    out = world.path / "out"
    out.mkdir()
    shelf = ROOT / "examples/sink_exec/shelf.py"
    for file, *options in (
            (built(world, "e2e-modules/sink_minimal.so"), "--option", f"path={out}/minimal", "--expect", out / "minimal"),
            (built(world, "modules/file.so"), "--option", f"path={out}/file", "--expect", out / "file"),
            (built(world, "modules/stdout.so"),)):
        checks = run(world, file, *options)
        check(not failed(checks), failed(checks))
        if file.name == "file.so":
            check("repeated 0" in checks["sink file: receiver"]["seen"], checks["sink file: receiver"])


def test_what_is_no_module_and_what_is_not_given(world):
    (world.path / "text.so").write_text("no module")
    checks = run(world, world.path / "text.so", code=1)
    check(list(checks) == ["module: loads"] and "cannot be loaded" in checks["module: loads"]["seen"], checks)
    file = built(world, "e2e-broken/broken_none.so")
    checks = run(world, file)
    check(checks["sink broken: write"]["finding"] == "skipped" and "no path" in checks["sink broken: write"]["seen"], checks)
    checks = run(world, file, "--option", "pth=/tmp/x", code=1)
    check("pth" in checks["sink broken: write"]["seen"], checks)
    for words in (["module"], ["module", "test"], ["module", "test", file, "--sink", "nope"], ["module", "test", file, "--patience", "1"],
                  ["module", "test", file, "--option", "x"], ["module", "look", file]):
        world.postern(*words, code=2)
