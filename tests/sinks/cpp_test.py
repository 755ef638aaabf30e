"""The example in C++ (examples/sink_cpp): exactly once through its committed state, and what it throws is an error like any other."""
from harness import check, wait_until
from trial import Journal, ids_in, trial


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
    check(len(files) > 3 and files[0].name == "000001.ndjson", files)
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
    (folder / "000001.ndjson").write_text("somebody else's line\n")
    journal = Journal(world, events=300)
    world.run_once(journal.config(sink(world, folder)))
    check((folder / "000001.ndjson").read_text() == "somebody else's line\n", "a line of another's was written over")
    check(not any(journal.compare(ids(folder))), "not what was sent")


def test_a_trial_by_hand_leaves_nothing(world):
    folder = world.path / "trial"
    folder.mkdir()
    config = Journal(world, events=100).config(sink(world, folder))
    done = world.postern("sink", "test", "trial", "-c", config)
    check(not list(folder.iterdir()), f"{list(folder.iterdir())}: {done.stdout}")
