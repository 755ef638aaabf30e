"""The example in C++ (examples/sink_cpp): exactly once through its committed state, and what it throws is an error like any other."""
from harness import check, wait_until
from trial import POINTS, Journal, ids_in, trial


def sink(world, folder, more=""):
    if world.sanitized:  # the sanitizers look for what throws when the program starts, and a C program has none
        world.variables["LD_PRELOAD"] = "libstdc++.so.6"
    return f'''modules = {{ "{world.build}/languages/cpp" }}
        sink "trial" {{ type = "series", path = "{folder}", rotate_size = "64KiB", batch_events = 100{more} }}'''


def ids(folder):
    return [name for file in sorted(folder.glob("*.ndjson")) for name in ids_in(file.read_bytes())]


def test_kills_lose_and_repeat_nothing(world):
    folder = world.path / "trial"
    folder.mkdir()
    trial(world, sink(world, folder), lambda: ids(folder))
    files = sorted(folder.iterdir())
    check(len(files) > 3 and files[0].name.endswith("-000001.ndjson"), files)
    check(all(file.stat().st_size >= 65536 for file in files[:-1]), "a file was left before it was full")


def test_an_exception_is_an_error_and_nothing_is_lost(world):
    folder = world.path / "later"
    journal = Journal(world, events=300)
    config = journal.config(sink(world, folder))
    daemon = world.daemon(config)
    wait_until(lambda: any(f"cannot open the directory {folder}: No such file" in one.get("error", "")
                           for one in world.status(config)["deliveries"]), "what was thrown is told")
    folder.mkdir()
    wait_until(lambda: journal.is_delivered(config), "all is delivered")
    check(daemon.stop()[0] == 0, daemon.logged())
    check(not any(journal.compare(ids(folder))), "not what was sent")


def test_an_older_state_destroys_no_line(world):
    """The state directory comes from a backup, the files do not: what they hold stays, and what comes again has a file of its own."""
    folder = world.path / "trial"
    folder.mkdir()
    journal = Journal(world, events=300)
    config = journal.config(sink(world, folder))
    world.run_once(config, code=-9, environment={"POSTERN_FAILPOINT": "deliver-before-commit:1"})
    (first,) = folder.iterdir()
    first.write_text("somebody else's line\n")
    world.run_once(config)
    check(first.read_text() == "somebody else's line\n", "a line of another's was written over")
    check(not any(journal.compare(ids(folder))), "not what was sent")


def test_two_pipelines_have_a_place_each(world):
    """Killed in turn before and behind commits, whichever goes first afterwards."""
    folder, mark = world.path / "trial", world.path / "mark.lua"
    folder.mkdir()
    mark.write_text("return function(event, ctx) event.second = true return event end\n")
    journal = Journal(world, events=600)
    second = f'pipeline "second" {{ from = {{ "*" }}, start = "oldest", transform = {{ "{journal.stamp}", "{mark}" }}, to = {{ "trial" }} }}'
    config = journal.config(sink(world, folder) + "\n" + second)
    kills = [world.run_once(config, code=None, environment={"POSTERN_FAILPOINT": f"{POINTS[number % 2]}:{number % 2 + 1}"}).returncode
             for number in range(6)]
    check(kills.count(-9) >= 4, f"{kills}: too few met a batch")
    world.run_once(config)
    rows = {file.name.split("-")[0] for file in folder.iterdir()}
    check(len(rows) == 2, rows)
    for row in rows:
        seen = [name for file in folder.glob(f"{row}-*") for name in ids_in(file.read_bytes())]
        check(not any(journal.compare(seen)), f"{row}: {journal.compare(seen)}")


def test_it_keeps_to_the_contract(world):
    folder = world.path / "contract"
    folder.mkdir()
    sink(world, folder)  # what a sanitizer needs
    done = world.postern("module", "test", world.build / "languages/cpp/sink_cpp.so", "--option", f"path={folder}")
    check(" 0 failed, " in done.stdout and "  passed   sink series: crash\n" in done.stdout, done.stdout)


def test_a_trial_by_hand_leaves_nothing(world):
    folder = world.path / "trial"
    folder.mkdir()
    config = Journal(world, events=100).config(sink(world, folder))
    done = world.postern("sink", "test", "trial", "-c", config)
    check(not list(folder.iterdir()), f"{list(folder.iterdir())}: {done.stdout}")
